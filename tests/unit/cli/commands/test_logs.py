"""The command ``logs``."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.cli.commands import logs
from pocdeploy.errors import ExitCode
from pocdeploy.kube.pod_logs import Line, PodEvent
from tests.unit.kubeapi import ACCESS, FakeCluster, project_on, serving


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with serving() as cluster:
        yield cluster


def test_colours_and_events_beside_the_output() -> None:
    out, notes = io.StringIO(), io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", soft_wrap=True, width=40)
    printer = logs.Printer(raw=False)
    printer._out, printer._notes = console, Console(file=notes)
    printer.show([Line("a", "1"), Line("b", "2"), PodEvent("b", "ended"), Line("a", "x" * 100)])
    assert out.getvalue().splitlines() == [
        "\x1b[36ma \x1b[0m1",
        "\x1b[35mb \x1b[0m2",
        "\x1b[36ma \x1b[0m" + "x" * 100,
    ]
    assert notes.getvalue() == "-- b ended\n"


@pytest.fixture
def project(cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a stack on the fake cluster."""
    return project_on(cluster, tmp_path, monkeypatch)


def test_without_following(cluster: FakeCluster, project: Path) -> None:
    for pod in ("polls-a", "polls-b"):
        cluster.start(pod)
    cluster.write("polls-a", json.dumps(ACCESS))
    cluster.write("polls-b", "text [bold]x[/]")
    cluster.write("polls-a", "TOKEN=hunter2 " + "x" * 200)
    run = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--no-follow"])
    assert (run.exit_code, run.stdout.splitlines()) == (
        0,
        [
            "polls-a 08:14:43.678 INFO     8b292d2f GET /1/ 200 4.9 ms",
            "polls-b text [bold]x[/]",
            "polls-a TOKEN=[secret] " + "x" * 200,
        ],
    )
    raw = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--no-follow", "--raw", "--tail", "1"])
    assert raw.stdout.splitlines() == ["text [bold]x[/]", "TOKEN=[secret] " + "x" * 200]
    assert cluster.requests[-1][0].startswith("/api/v1/namespaces/polls/pods/")


def test_errors(cluster: FakeCluster, project: Path) -> None:
    other = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--stack", "other"])
    assert other.exit_code == ExitCode.NO_STACK
    assert "stack other: there is no such stack" in other.stderr
    cluster.broken = True
    away = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--no-follow"])
    assert (away.exit_code, "HTTP status 503, the server is starting" in away.stderr) == (1, True)
    (project / "kubeconfig").unlink()
    gone = CliRunner().invoke(app.app, ["--root", str(project), "logs"])
    assert (gone.exit_code, "Kubeconfig cannot be used" in gone.stderr) == (2, True)
