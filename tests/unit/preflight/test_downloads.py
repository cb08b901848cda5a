"""Whether a download is reachable."""

from __future__ import annotations

import pytest

from pocdeploy.preflight.downloads import registry_of, registry_urls
from tests.unit.preflight.conftest import CHARTS, HUB, Machine

CHART, IMAGES = "pocdeploy:charts.traefik.source", "images from quay.io"


@pytest.mark.parametrize(
    ("url", "status", "where"),
    [
        *((CHARTS["traefik"], status, CHART) for status in (400, 401, 403, 404, 407, 502, 503, 504)),
        *((CHARTS["traefik"], status, None) for status in (200, 301, 302, 307)),
        *(("https://quay.io/", status, IMAGES) for status in (302, 403, 404, 407, 500, 502, 503, 504)),
        *(("https://quay.io/", status, None) for status in (200, 401)),
    ],
)
def test_an_error_of_a_proxy_is_not_the_address_itself(
    machine: Machine, url: str, status: int, where: str | None
) -> None:
    machine.statuses = {url: status}
    found = machine.findings()
    assert [finding.where for finding in found] == ([where, "make up"] if where else [])
    assert not where or f"HTTP status {status}" in str(found[0].actual)


def test_registries_are_read_from_image_names() -> None:
    names = ["registry:3", "kindest/node:v1@sha256:0", "index.docker.io/a", "ghcr.io/a/b", "localhost/a", "host:5000/a"]
    assert [registry_of(name) for name in names] == [*["docker.io"] * 3, "ghcr.io", "localhost", "host:5000"]
    assert registry_urls("docker.io") == (HUB,)
