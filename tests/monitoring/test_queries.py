"""Every query of every dashboard gives something, on a real Prometheus with series under the exporters' names."""

from __future__ import annotations

import json
import re

import pytest

from pocdeploy.monitoring.dashboards import HOME, render
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
def test_every_series_of_the_files_is_asked_for(name: str) -> None:
    # Otherwise the files would grow into a list of names that prove nothing.
    asked = [
        *conftest.queries().values(),
        *(rule["expr"] for group in conftest.rule_groups() for rule in group["rules"]),
    ]

    assert any(re.search(rf"\b{name}\b", expression) for expression in asked)


def test_lights_tell_well_from_ill(synthetic: Prometheus) -> None:
    lights = {
        name.split(": ")[1].split(" (")[0]: query for name, query in conftest.queries().items() if "overview" in name
    }

    def value(light: str) -> float:
        return float(synthetic.query(lights[light])[0]["value"][1])

    assert empty(synthetic, lights) == {}
    assert value("Application") == 1
    assert value("Gateway") == 1
    # Two of the three instances that are expected answer.
    assert value("Database") == pytest.approx(2 / 3)
    assert synthetic.query(lights["Primary"])[0]["metric"]["pod"] == "polls-db-1"
    assert synthetic.query(lights["Image"])[0]["metric"]["digest"] == "sha256:0123456789ab"


def test_dashboards_are_complete() -> None:
    boards = {name: json.loads(text) for name, text in render(conftest.watched()).items()}

    assert HOME in boards
    assert {name: board["uid"] for name, board in boards.items()} == {name: name for name in boards}
    for name, board in boards.items():
        panels = [panel for panel in board["panels"] if panel["type"] != "row"]
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]), name
        assert all(panel["datasource"] == {"type": "prometheus", "uid": "prometheus"} for panel in panels), name
        assert all(panel["title"] and panel["targets"] for panel in panels), name
        for panel in panels:
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, f"{name}: {panel['title']}"


def test_the_overview_fits_on_one_screen() -> None:
    overview = json.loads(render(conftest.watched())["overview"])

    # Of 38 pixels each: 24 rows are a screen of 1080 pixels without the browser's bars.
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in overview["panels"]) <= 24


def test_an_application_without_a_database_has_no_dashboard_of_it() -> None:
    everything = conftest.watched()
    without = type(everything)(
        apps=[type(app)(name=app.name, replicas=1, instances=0) for app in everything.apps], targets=[]
    )

    assert set(render(everything)) - set(render(without)) == {"postgresql"}
