"""Every query of every dashboard has a result, on a real Prometheus with series named like those of the exporters."""

from __future__ import annotations

import re

import pytest

from tests.monitoring import conftest, exporter
from tests.monitoring.server import Prometheus, empty


def test_no_panel_is_empty(synthetic: Prometheus) -> None:
    queries = conftest.queries()

    assert len(queries) > 80
    assert empty(synthetic, queries) == {}


def test_no_recorded_series_is_empty(synthetic: Prometheus) -> None:
    recorded = {rule["record"]: rule["record"] for group in conftest.rule_groups() for rule in group["rules"][:-1]
                if "record" in rule}  # fmt: skip

    assert len(recorded) > 10
    assert empty(synthetic, recorded) == {}


def test_a_wrong_name_is_found(synthetic: Prometheus) -> None:
    wrong = {"wrong": "sum(rate(traefik_service_request_total[1m]))"}

    assert empty(synthetic, wrong, seconds=1) == wrong


@pytest.mark.parametrize("name", sorted({sample.name for sample in exporter.samples()}))
def test_every_series_of_the_files_is_used(name: str) -> None:
    # Otherwise the files would collect names that prove nothing.
    asked = [
        *conftest.queries().values(),
        *(rule["expr"] for group in conftest.rule_groups() for rule in group["rules"]),
    ]

    assert any(re.search(rf"\b{name}\b", expression) for expression in asked)


def test_the_status_panels_show_the_status(synthetic: Prometheus) -> None:
    panels = {
        name.split(": ")[1].split(" (")[0]: query for name, query in conftest.queries().items() if "overview" in name
    }

    def value(panel: str) -> float:
        return float(synthetic.query(panels[panel])[0]["value"][1])

    assert empty(synthetic, panels) == {}
    assert value("Application") == 1
    assert value("Gateway") == 1
    # Two of the three instances that are expected answer.
    assert value("Database") == pytest.approx(2 / 3)
    assert synthetic.query(panels["Primary"])[0]["metric"]["pod"] == "polls-db-1"
    assert synthetic.query(panels["Image"])[0]["metric"]["digest"] == "sha256:0123456789ab"
