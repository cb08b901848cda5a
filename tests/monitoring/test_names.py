"""The synthetic series have the names in the sources of the exporters, at the pinned versions."""

from __future__ import annotations

import re

import pytest

from pocdeploy import versions
from tests.apiserver.tools import required
from tests.monitoring import exporter, sources
from tests.monitoring.exporter import Sample

PLACE = {"namespace", "pod", "job", "role", "instance", "node"}
"""Labels that are the target's, not the exporter's."""
BARMAN = re.compile(
    r"barman_cloud_cloudnative_pg_io_(last_(available|failed)_backup_timestamp|first_recoverability_point)"
)
"""Of plugin-barman-cloud: https://cloudnative-pg.io/plugin-barman-cloud/docs/observability"""


def series(file: str) -> list[Sample]:
    return list(exporter.read((exporter.SERIES / f"{file}.prom").read_text(encoding="utf-8")))


def family(sample: Sample) -> str:
    return re.sub(r"_(bucket|sum|count)$", "", sample.name) if 'le="' in sample.labels else sample.name


def test_series_of_postgresql_are_those_of_its_exporter() -> None:
    queries, collector = sources.cnpg_queries(), sources.cnpg_collector()
    wrong = [
        sample
        for sample in series("cnpg")
        if not BARMAN.fullmatch(sample.name) and sample.name not in collector and sample.name not in queries
    ]

    assert wrong == []
    assert len(queries) > 50


def test_labels_of_postgresql_are_those_of_its_queries() -> None:
    queries = sources.cnpg_queries()
    own = {
        sample.name: set(re.findall(r"(\w+)=", sample.labels)) - PLACE
        for sample in series("cnpg")
        if sample.name in queries
    }

    assert {name: labels for name, labels in own.items() if labels != queries[name]} == {}


@pytest.mark.parametrize("file", ["traefik", "kubernetes", "prometheus"])
def test_series_are_those_of_their_exporters(file: str) -> None:
    known = getattr(sources, file)()

    assert {family(sample) for sample in series(file)} - known == set()


def test_a_wrong_name_is_found() -> None:
    assert "traefik_service_request_total" not in sources.traefik()
    assert "kube_job_completion_time" not in sources.kubernetes()
    assert "cnpg_pg_replication_lag_seconds" not in sources.cnpg_queries()


def test_the_sources_are_those_of_the_charts() -> None:
    # Chart 41.3 of Traefik installs 3.7.11, chart 88.5.3 of kube-prometheus-stack kube-state-metrics 2.20 and
    # node-exporter 1.12: another version of a chart needs a check of its exporters here.
    assert (versions.CHART_TRAEFIK, versions.CHART_KUBE_PROMETHEUS_STACK) == ("41.3.0", "88.5.3")
    assert required("exporters")["github.com/traefik/traefik/v3"] == "3.7.11"
    assert required("exporters")["k8s.io/kube-state-metrics/v2"] == "2.20.0"
