"""The patched application, under load, has every metric that its dashboard queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.apiserver.tools import find_or_build
from tests.app.conftest import app, app_python, database, running_app  # noqa: F401 -- fixtures
from tests.app.support import Site
from tests.monitoring import conftest, exporter, tools
from tests.monitoring.server import Prometheus, empty, running

LABELS = {"namespace": "polls", "pod": "polls-0", "container": "web", "job": "polls/polls", "role": "application"}
OWN = re.compile(r"\b(?:django|gunicorn|polls)_\w+")
"""Metrics of the application itself; the platform has the others."""
UNSEEN = {"django_db_new_connection_errors_total"}
"""Exists in django-prometheus only after a connection was refused."""


@pytest.fixture(scope="module")
def live(running_app: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:  # noqa: F811
    """Yield a Prometheus that scrapes the application, and nothing else."""
    job = {
        "job_name": "application",
        "metrics_path": urlsplit(running_app.metrics_url).path or "/metrics",
        "static_configs": [{"targets": [urlsplit(running_app.metrics_url).netloc], "labels": LABELS}],
    }
    program = find_or_build(tools.PROMETHEUS)
    with running(program, tmp_path_factory.mktemp("live"), scrape=[job], groups=[]) as server:
        yield server


def test_every_query_about_the_application_has_a_result(live: Prometheus) -> None:
    own = {name: query for name, query in conftest.queries().items() if OWN.search(query)}

    assert len(own) > 20
    assert any("Votes" in name for name in own)
    assert empty(live, own) == {}


def test_every_series_of_the_file_exists_in_the_application(live: Prometheus) -> None:
    # So the synthetic series have the real names and labels.
    file = exporter.SERIES / "application.prom"
    samples = list(exporter.read(file.read_text(encoding="utf-8")))
    labels = {sample.name: set(re.findall(r"(\w+)=", sample.labels)) - set(LABELS) for sample in samples}
    found = {name: live.query(name) for name in labels}

    assert [name for name, series in found.items() if not series and name not in UNSEEN] == []
    for name in found.keys() - UNSEEN:
        assert labels[name] <= set(found[name][0]["metric"]), name
