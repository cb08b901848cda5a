"""Dashboards as Grafana's JSON; tests/monitoring runs their queries."""

from __future__ import annotations

import json

from pocdeploy.monitoring.dashboards import HOME, render
from tests.monitoring import conftest


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


def test_without_a_database_there_is_no_dashboard_about_it() -> None:
    everything = conftest.watched()
    without = type(everything)(
        apps=[type(app)(name=app.name, replicas=1, instances=0) for app in everything.apps], targets=[]
    )

    assert set(render(everything)) - set(render(without)) == {"postgresql"}
