"""``make targets``, over an answer that a real Prometheus gave."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pocdeploy.cli import app
from pocdeploy.cli.commands.targets import PROMETHEUS, RESOURCES
from pocdeploy.diagnostics import targets
from tests.paths import UNIT
from tests.unit.kubeapi import FakeCluster, project_on, serving

ANSWER = json.loads((UNIT / "answers" / "prometheus-targets.json").read_text())
"""One target up, one down, one that has not been scraped yet; recorded with Prometheus 3.15."""
POD_MONITORS, SERVICE_MONITORS, PROMETHEUSES = [
    RESOURCES.format(name) for name in ("podmonitors", "servicemonitors", "prometheuses")
]
TARGETS = PROMETHEUS.format("monitoring")


def monitor(kind: str, name: str, endpoints: int = 1) -> dict[str, Any]:
    field = {"PodMonitor": "podMetricsEndpoints", "ServiceMonitor": "endpoints"}[kind]
    spec = {field: [{"port": "metrics"}] * endpoints}
    return {"kind": kind, "metadata": {"name": name, "namespace": "monitoring"}, "spec": spec}


def all_up() -> dict[str, Any]:
    answer = copy.deepcopy(ANSWER)
    for each in answer["data"]["activeTargets"]:
        each |= {"health": "up", "lastError": ""}
    return answer


def test_targets_that_are_not_up_come_first() -> None:
    found = [(target.state, target.job, target.where) for target in targets.read(ANSWER)]
    assert found == [
        ("unknown", "kubelet", "test-worker"),
        ("down", "polls/polls-db", "polls-db-1"),
        ("up", "polls/polls", "polls-6d9c7b5f4-x2x7k"),
    ]


def test_a_target_that_is_down_says_why() -> None:
    [down] = [target for target in targets.read(ANSWER) if target.state == "down"]
    assert down.error.endswith("connect: connection refused")
    assert down.url == "http://127.0.0.1:1/metrics"


def test_a_monitor_without_any_target_is_missing() -> None:
    monitors = [
        monitor("PodMonitor", "polls"),
        monitor("PodMonitor", "traefik"),
        monitor("ServiceMonitor", "monitoring-kubelet", endpoints=2),
    ]
    assert [(target.job, target.state) for target in targets.missing(ANSWER, monitors)] == [
        ("podMonitor/monitoring/traefik/0", "missing"),
        ("serviceMonitor/monitoring/monitoring-kubelet/1", "missing"),
    ]


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (targets.read(ANSWER), "2 of 3 targets are not up: 1 down, 1 unknown"),
        (targets.read(all_up()), "all 3 targets are up"),
        ([], "Prometheus has no targets"),
        (targets.missing(ANSWER, [monitor("PodMonitor", "x")]), "1 of 1 targets are not up: 1 missing"),
    ],
)
def test_summary(found: list[targets.Target], text: str) -> None:
    assert targets.summary(found) == text


def test_an_answer_that_is_an_error_is_one() -> None:
    with pytest.raises(targets.TargetsError, match="overloaded"):
        targets.read({"status": "error", "errorType": "unavailable", "error": "overloaded"})


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with serving() as cluster:
        cluster.answers = {
            PROMETHEUSES: {"items": [{"metadata": {"name": "x", "namespace": "monitoring"}}]},
            TARGETS: all_up(),
            POD_MONITORS: {"items": [monitor("PodMonitor", name) for name in ("polls", "polls-db")]},
            # Lists of custom resources come without the kind of their items.
            SERVICE_MONITORS: {
                "items": [{**monitor("ServiceMonitor", "monitoring-kubelet"), "kind": None}],
            },
        }
        yield cluster


@pytest.fixture
def project(cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project_on(cluster, tmp_path, monkeypatch)


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app.app, ["--root", str(project), "targets", *arguments])


def test_command_ends_with_0_when_all_are_up(project: Path) -> None:
    done = run(project)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "all 3 targets are up")


def test_command_ends_with_1_and_says_what_is_down_or_missing(cluster: FakeCluster, project: Path) -> None:
    cluster.answers[TARGETS] = ANSWER
    cluster.answers[POD_MONITORS]["items"].append(monitor("PodMonitor", "traefik"))
    done = run(project, "--json")
    assert done.exit_code == 1
    assert {(each["job"], each["state"]) for each in json.loads(done.stdout)} == {
        ("podMonitor/monitoring/traefik/0", "missing"),
        ("polls/polls-db", "down"),
        ("kubelet", "unknown"),
        ("polls/polls", "up"),
    }
    shown = run(project)
    assert (shown.exit_code, shown.stdout.splitlines()[-1]) == (
        1,
        "3 of 4 targets are not up: 1 down, 1 missing, 1 unknown",
    )


def test_command_ends_with_1_when_there_is_no_target(cluster: FakeCluster, project: Path) -> None:
    cluster.answers[TARGETS]["data"]["activeTargets"] = []
    for path in (POD_MONITORS, SERVICE_MONITORS):
        cluster.answers[path]["items"] = []
    done = run(project)
    assert (done.exit_code, done.stdout) == (1, "Prometheus has no targets\n")


def test_command_without_monitoring_or_without_an_answer(cluster: FakeCluster, project: Path) -> None:
    cluster.answers[TARGETS] = 503
    away = run(project)
    assert (away.exit_code, "did not answer" in away.stderr) == (2, True)
    for answer in ({"items": []}, 404):
        cluster.answers[PROMETHEUSES] = answer
        off = run(project)
        assert (off.exit_code, "Prometheus: there is none in this cluster" in off.stderr) == (2, True)
