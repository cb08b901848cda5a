"""The command ``explain``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli.app import app
from pocdeploy.cli.commands import explain
from tests.unit.diagnostics.explain.objects import HEALTHY, PULLING, pod
from tests.unit.fakes import FakeApi

POD = "/api/v1/namespaces/polls/pods/polls-1"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    api = FakeApi()
    labels = {"app.kubernetes.io/part-of": "pocdeploy", "app.kubernetes.io/instance": "dev"}
    api.add("/api/v1/namespaces", "polls", metadata={"labels": labels})
    api.add("/api/v1/namespaces", "other")
    api.objects[POD] = pod(PULLING)
    monkeypatch.setattr(explain, "from_kubeconfig", lambda *_, **__: api)
    return api


def run(*options: str) -> Any:
    return CliRunner().invoke(app, ["explain", "--stack", "org/dev", "--kubeconfig", "k", *options])


def test_issues(cluster: FakeApi) -> None:
    assert run().exit_code == 1
    assert "image pull: the registry has no such image" in run().stdout
    assert "kubectl --kubeconfig k --namespace polls describe pod polls-1" in run().stdout
    assert [report["subject"] for report in json.loads(run("--json").stdout)["reports"]] == ["polls"]
    assert run("--markdown").stdout.startswith("### pod polls/polls-1")


def test_no_issues(cluster: FakeApi) -> None:
    cluster.objects[POD] = pod(HEALTHY)
    assert (run().exit_code, run().stdout) == (0, "org/dev: all pods are healthy.\n")
    assert run("--markdown").stdout == "**org/dev**: all pods are healthy.\n"


def test_unreachable_cluster(cluster: FakeApi) -> None:
    cluster.down = True
    failed = run()
    assert (failed.exit_code, "connection refused" in failed.stderr) == (2, True)


def test_unusable_kubeconfig(tmp_path: Path) -> None:
    failed = CliRunner().invoke(app, ["explain", "--kubeconfig", str(tmp_path / "none")])
    assert (failed.exit_code, str(tmp_path / "none") in failed.stderr) == (2, True)
