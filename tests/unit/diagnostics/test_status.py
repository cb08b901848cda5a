"""How a stack is, on one screen."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from pocdeploy.config import Settings
from pocdeploy.config.variables import COMMIT_VARIABLE
from pocdeploy.diagnostics import status
from pocdeploy.diagnostics.status import AppStatus, StackStatus
from pocdeploy.diagnostics.validate.http import Page
from pocdeploy.diagnostics.validate.prometheus import INSTANCES, PROXY
from pocdeploy.kube.client import CLUSTERS
from pocdeploy.stacks.hibernate import DEPLOYMENTS
from tests.unit import goodstack
from tests.unit.goodstack import URL

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ENVIRONMENT = [{"name": "SECRET_KEY", "valueFrom": {}}, {"name": COMMIT_VARIABLE, "value": "1a2b3c4"}]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> goodstack.Site:
    return goodstack.install(monkeypatch)[0]


@pytest.fixture
def context(site: goodstack.Site) -> Any:
    made = goodstack.context()
    containers = [{"name": "web", "env": ENVIRONMENT}]
    conditions = [{"type": "Available"}, {"type": "Progressing", "lastUpdateTime": "2026-03-01T10:00:00Z"}]
    made.api.add(
        DEPLOYMENTS.format("polls"),
        "polls",
        spec={"replicas": 2, "template": {"spec": {"containers": containers}}},
        status={"readyReplicas": 2, "conditions": conditions},
    )
    return made


def test_everything_is_on_the_screen(context: Any) -> None:
    shown = screen(status.of_cluster(context))

    for text in (
        "dev · Kind cluster shop",
        URL,
        "answers 200, 2 of 2 ready",
        "localhost:5001/polls@sha256:000000000000…",
        "1a2b3c4",
        "2026-03-01 10:00 UTC (26 h)",
        "primary polls-db-1, 3 of 3 instances ready",
        "no backups",
        "no alert fires",
    ):
        assert text in shown
    assert len(shown.splitlines()) < 24


def test_json_has_the_same(context: Any) -> None:
    found = json.loads(status.as_json(status.of_cluster(context)))

    assert found["isGood"] is True
    assert found["apps"][0]["commit"] == "1a2b3c4"
    assert found["apps"][0]["since"] == "2026-03-01T10:00:00+00:00"


@pytest.mark.parametrize(
    ("answer", "serves", "health"),
    [
        (Page(status=404), True, "answers 404"),
        (Page(status=503), False, "answers 503"),
        (ConnectionRefusedError(111, "Connection refused"), False, "[Errno 111] Connection refused"),
    ],
)
def test_an_application_serves_if_its_page_answers(
    context: Any, site: goodstack.Site, answer: Page | Exception, serves: bool, health: str
) -> None:
    site.pages[URL] = answer
    found = status.of_cluster(context)
    assert (found.is_good, found.apps[0].health) == (serves, health)


def test_a_paused_application_says_so(context: Any) -> None:
    paused = goodstack.context(api=context.api, paused=frozenset({"polls"}))
    assert "is paused: make wake" in screen(status.of_cluster(paused))


def test_the_last_backup_and_a_lost_primary_are_shown(context: Any) -> None:
    last = (datetime.now(UTC) - timedelta(hours=3, minutes=1)).isoformat()
    context.api.objects[f"{CLUSTERS.format('polls')}/polls-db"]["status"] = {
        "readyInstances": 1,
        "lastSuccessfulBackup": last,
    }
    shown = screen(status.of_cluster(context))
    assert "no primary, 1 of 3 instances ready" in shown
    assert "3 h ago" in shown


def test_alerts_that_fire_are_listed(context: Any) -> None:
    alerts = goodstack.firing({"alertname": "Watchdog"}, {"alertname": "AppDown", "severity": "critical"})
    context.api.objects[PROXY.format("monitoring", "alerts")] = alerts
    shown = screen(status.of_cluster(context))
    assert "AppDown (critical)" in shown
    assert "Watchdog" not in shown


def test_without_an_answer_alerts_are_not_known(context: Any) -> None:
    del context.api.objects[f"{INSTANCES}/x"]
    assert "not known: no instance found in this cluster" in screen(status.of_cluster(context))


def test_a_stack_without_database_and_monitoring_has_less(site: goodstack.Site) -> None:
    settings = Settings.model_validate(
        {"cluster": {"type": "kind"}, "apps": {"polls": {"database": False}}, "monitoring": {"profile": "off"}}
    )
    shown = screen(status.of_cluster(goodstack.context(settings=settings)))
    assert "no monitoring in this stack" in shown
    assert "database" not in shown
    assert "no Deployment" in shown


def test_several_applications_have_a_block_each() -> None:
    apps = tuple(AppStatus(name=name, url="http://x", serves=True, health="answers 200") for name in ("a1", "b2"))
    lines = screen(StackStatus(stack="dev", runs_on="x", apps=apps)).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["a1", "health", "b2", "health", "alerts"]


def screen(found: StackStatus) -> str:
    console = Console(file=io.StringIO(), width=100)
    status.show(found, console, now=NOW)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]
