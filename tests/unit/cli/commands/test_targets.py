"""The command ``targets``, over a response that a real Prometheus gave."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pocdeploy.cli import app
from pocdeploy.diagnostics.validate.prometheus import INSTANCES, MONITORS, MONITORS_PATH, PROXY
from tests.paths import UNIT
from tests.unit.kubeapi import FakeCluster, project_on, serving

ANSWER = json.loads((UNIT / "answers" / "prometheus-targets.json").read_text())
POD_MONITORS, SERVICE_MONITORS = MONITORS_PATH.format("podmonitor"), MONITORS_PATH.format("servicemonitor")
TARGETS = PROXY.format("monitoring", "targets")


def monitor(kind: str, name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "monitoring"}
    return {"kind": kind, "metadata": metadata, "spec": {MONITORS[kind]: [{"port": "metrics"}]}}


def all_up() -> dict[str, Any]:
    answer = copy.deepcopy(ANSWER)
    for each in answer["data"]["activeTargets"]:
        each |= {"health": "up", "lastError": ""}
    return answer


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with serving() as cluster:
        cluster.answers = {
            INSTANCES: {"items": [{"metadata": {"name": "x", "namespace": "monitoring"}}]},
            TARGETS: all_up(),
            POD_MONITORS: {"items": [monitor("podMonitor", name) for name in ("polls", "polls-db")]},
            # Lists of custom resources come without the kind of their items.
            SERVICE_MONITORS: {
                "items": [{**monitor("serviceMonitor", "monitoring-kubelet"), "kind": None}],
            },
        }
        yield cluster


@pytest.fixture
def project(cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project_on(cluster, tmp_path, monkeypatch)


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app.app, ["--root", str(project), "targets", *arguments])


def test_all_targets_are_up(project: Path) -> None:
    done = run(project)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "all 3 targets are up")


def test_targets_that_are_down_or_missing(cluster: FakeCluster, project: Path) -> None:
    cluster.answers[TARGETS] = ANSWER
    cluster.answers[POD_MONITORS]["items"].append(monitor("podMonitor", "traefik"))
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


def test_no_target(cluster: FakeCluster, project: Path) -> None:
    cluster.answers[TARGETS]["data"]["activeTargets"] = []
    for path in (POD_MONITORS, SERVICE_MONITORS):
        cluster.answers[path]["items"] = []
    done = run(project)
    assert (done.exit_code, done.stdout) == (1, "Prometheus has no targets\n")


def test_no_prometheus_or_no_answer(cluster: FakeCluster, project: Path) -> None:
    cluster.answers[TARGETS] = 503
    away = run(project)
    assert (away.exit_code, "HTTP status 503, no" in away.stderr) == (1, True)
    for answer in ({"items": []}, 404):
        cluster.answers[INSTANCES] = answer
        off = run(project)
        assert (off.exit_code, "Prometheus: no instance found in this cluster" in off.stderr) == (1, True)
