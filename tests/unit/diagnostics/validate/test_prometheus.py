"""Targets and alerts, from a response that a real Prometheus gave."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from pocdeploy.diagnostics.validate import prometheus
from pocdeploy.diagnostics.validate.prometheus import PROXY, PrometheusError, active_targets, missing_targets
from tests.paths import UNIT
from tests.unit.fakes import FakeApi
from tests.unit.goodstack import api, bad, context, firing, scraped

ANSWER = json.loads((UNIT / "answers" / "prometheus-targets.json").read_text())
"""One target up, one down, one that has not been scraped yet; recorded with Prometheus 3.15."""
TARGETS, ALERTS = PROXY.format("monitoring", "targets"), PROXY.format("monitoring", "alerts")


def monitor(kind: str, name: str, endpoints: int = 1, namespace: str = "monitoring") -> dict[str, Any]:
    spec = {prometheus.MONITORS[kind]: [{"port": "metrics"}] * endpoints}
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def all_up() -> dict[str, Any]:
    answer = copy.deepcopy(ANSWER)
    for each in answer["data"]["activeTargets"]:
        each |= {"health": "up", "lastError": ""}
    return answer


def test_targets_that_are_not_up_come_first() -> None:
    found = [(target.state, target.job, target.where) for target in active_targets(ANSWER)]
    assert found == [
        ("unknown", "kubelet", "test-worker"),
        ("down", "polls/polls-db", "polls-db-1"),
        ("up", "polls/polls", "polls-6d9c7b5f4-x2x7k"),
    ]


def test_a_target_that_is_down_has_the_error() -> None:
    [down] = [target for target in active_targets(ANSWER) if target.state == "down"]
    assert down.error.endswith("connect: connection refused")
    assert down.url == "http://127.0.0.1:1/metrics"


def test_a_monitor_without_any_target_is_missing() -> None:
    monitors = [
        monitor("podMonitor", "polls"),
        monitor("podMonitor", "traefik"),
        monitor("serviceMonitor", "monitoring-kubelet", endpoints=2),
    ]
    assert [(target.job, target.state) for target in missing_targets(ANSWER, monitors)] == [
        ("podMonitor/monitoring/traefik/0", "missing"),
        ("serviceMonitor/monitoring/monitoring-kubelet/1", "missing"),
    ]


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (active_targets(ANSWER), "2 of 3 targets are not up: 1 down, 1 unknown"),
        (active_targets(all_up()), "all 3 targets are up"),
        ([], "Prometheus has no targets"),
        (missing_targets(ANSWER, [monitor("podMonitor", "x")]), "1 of 1 targets are not up: 1 missing"),
    ],
)
def test_summary(found: list[prometheus.Target], text: str) -> None:
    assert prometheus.summary(found) == text


def test_an_error_of_prometheus() -> None:
    made = api()
    made.objects[TARGETS] = {"status": "error", "errorType": "unavailable", "error": "overloaded"}
    with pytest.raises(PrometheusError, match="the query for targets failed") as raised:
        prometheus.find_targets(made, "monitoring")
    assert raised.value.findings[0].actual == "overloaded"


def test_the_preferred_instance_is_asked() -> None:
    made = api()
    made.add(prometheus.INSTANCES, "other", metadata={"namespace": "other"})
    made.objects[PROXY.format("other", "targets")] = scraped()
    assert prometheus.find_targets(made, "other") == []
    assert made.queries[1] == (PROXY.format("other", "targets"), {"state": "active"})
    for preferred in ("unknown", None):
        assert [target.state for target in prometheus.find_targets(made, preferred)] == ["up"]


def test_a_cluster_without_prometheus() -> None:
    for made in (FakeApi(), FakeApi(unknown={prometheus.INSTANCES})):
        with pytest.raises(PrometheusError, match="no instance found in this cluster"):
            prometheus.find_targets(made, "monitoring")


@pytest.mark.parametrize(
    ("targets", "severity", "what"),
    [
        (scraped({"health": "down", "lastError": "404"}), "warn", "polls web: 404"),
        (scraped(), "fail", "Prometheus has no targets"),
    ],
)
def test_the_check_of_targets(targets: dict[str, Any], severity: str, what: str) -> None:
    made = api()
    made.objects[TARGETS] = targets
    assert [(found.severity, found.what) for found in bad(context(api=made), "targets")] == [(severity, what)]


def test_a_target_before_its_first_scrape_is_ok() -> None:
    made = api()
    made.objects[TARGETS] = scraped({"health": "unknown"})
    assert bad(context(api=made), "targets") == []


def test_missing_targets_of_running_and_paused_applications() -> None:
    made = api()
    monitors = prometheus.MONITORS_PATH.format("podmonitor")
    made.objects[f"{monitors}/x"] = monitor("podMonitor", "polls", namespace="polls")
    made.objects[TARGETS] = scraped({"health": "up", "scrapePool": "other"})
    (found,) = bad(context(api=made), "targets")
    assert found.what.startswith("podMonitor/polls/polls/0 : no running pod")
    paused = bad(context(api=made, paused=frozenset({"polls"})), "targets")
    assert [found.check for found in paused] == ["paused"]


@pytest.mark.parametrize(("label", "severity"), [("critical", "fail"), ("warning", "warn")])
def test_an_alert_that_fires(label: str, severity: str) -> None:
    made = api()
    made.objects[ALERTS] = firing({"alertname": "Full", "severity": label}, {"alertname": "Watchdog"})
    assert [(found.severity, found.what) for found in bad(context(api=made), "alerts")] == [(severity, "Full: fires")]
