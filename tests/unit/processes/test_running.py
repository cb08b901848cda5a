"""Processes in the foreground: what they are waited for, and how they end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.errors import PocdeployError
from pocdeploy.processes.running import running, wait_until_ready
from tests.freeports import free_port

SERVE = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "$(PORT)")


def app(**settings: object) -> AppSettings:
    return AppSettings.model_validate({"startSeconds": 30, **settings})


@pytest.mark.parametrize("path", [None, "/"])
def test_a_server_is_ready_at_its_path_or_its_port(path: str | None, tmp_path: Path) -> None:
    port = free_port()
    with running("web", SERVE, tmp_path, {**os.environ, "PORT": str(port)}) as server:
        wait_until_ready("web", server, port, app(readyPath=path))

    assert server.returncode is not None


def test_a_path_that_does_not_answer_is_named_in_time(tmp_path: Path) -> None:
    port = free_port()
    with (
        pytest.raises(PocdeployError) as caught,
        running("web", SERVE, tmp_path, {**os.environ, "PORT": str(port)}) as server,
    ):
        wait_until_ready("web", server, port, app(readyPath="/nothing", startSeconds=5))

    (finding,) = caught.value.findings
    assert (finding.actual, finding.expected) == ("status 404 at /nothing", "200 at /nothing (readyPath)")


def test_a_server_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    with (
        pytest.raises(PocdeployError, match="ended with exit code 3"),
        running("web", ("sh", "-c", "exit 3"), tmp_path, os.environ) as server,
    ):
        wait_until_ready("web", server, free_port(), app())


def test_what_a_shell_has_started_ends_with_it(tmp_path: Path) -> None:
    command = ("sh", "-c", "sleep 600 & echo $! >child; echo; wait")
    with running("web", command, tmp_path, os.environ):
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text().strip():
            pass
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "child").read_text()), 0)


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(PocdeployError, match="not found"), running("web", ("no-such",), tmp_path, {"PATH": ""}):
        pass
