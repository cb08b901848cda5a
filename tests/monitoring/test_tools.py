"""The tests use the pinned programs."""

from __future__ import annotations

from tests.apiserver.tools import required
from tests.monitoring import tools


def test_the_release_of_prometheus_is_that_of_its_module() -> None:
    major, minor, patch = map(int, tools.RELEASE.split("."))

    assert required("prometheus")[tools.PROMETHEUS.module] == f"0.{major * 100 + minor}.{patch}"
