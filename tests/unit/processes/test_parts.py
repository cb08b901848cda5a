"""Processes beside the server of an application, and its scheduled commands by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.errors import PocdeployError
from pocdeploy.processes import detached, parts
from pocdeploy.processes.release import Release
from pocdeploy.processes.state import StackFolder

WAITS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
ENDS = [sys.executable, "-c", "raise SystemExit('no broker')"]


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    return StackFolder(tmp_path, "dev")


def release(tree: Path, **env: str) -> Release:
    return Release(digest="d", tree=tree, command=(), env={"PATH": "/usr/bin:/bin", **env})


def app(**settings: Any) -> AppSettings:
    return AppSettings.model_validate(settings)


def test_processes_run_until_they_are_stopped(folder: StackFolder, tmp_path: Path) -> None:
    settings = app(processes={"worker": WAITS, "paused": {"command": WAITS, "replicas": 0}, "dropped": None})
    started = parts.start(folder, "shop", settings, release(tmp_path))
    alive = [detached.is_alive(it) for it in started.values()]
    parts.stop(started)

    assert ([*started], alive) == (["worker"], [True])
    assert parts.ended(started) == ["worker"]


def test_process_that_ends_at_once_is_noticed(folder: StackFolder, tmp_path: Path) -> None:
    started = parts.start(folder, "shop", app(processes={"worker": WAITS, "mail": ENDS}), release(tmp_path))
    try:
        assert parts.ended_soon(started) == ["mail"]
        assert "no broker" in folder.log("shop", "mail").read_text()
    finally:
        parts.stop(started)
    assert parts.ended_soon({}) == []


def test_process_that_cannot_be_started_stops_the_others(
    folder: StackFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = parts.stop
    settings = app(processes={"worker": WAITS, "mail": ["no-such-program"]})

    started: dict[str, detached.Started] = {}
    monkeypatch.setattr(parts, "stop", lambda given: (started.update(given), stop(given)))
    with pytest.raises(PocdeployError, match=r"shop\.mail: no-such-program"):
        parts.start(folder, "shop", settings, release(tmp_path))
    assert folder.log("shop", "worker").exists()
    assert parts.ended(started) == ["worker"]


def test_scheduled_command_runs_by_hand_with_its_variables(folder: StackFolder, tmp_path: Path) -> None:
    entry = {"name": "clean", "schedule": "@daily", "command": ["sh", "-c", 'echo "$PLACE in $(pwd)"']}
    parts.write_cron(folder, "shop", app(cron=[entry]), release(tmp_path, PLACE="it's here"))
    program = folder.cron("shop") / "clean"
    done = subprocess.run([program], capture_output=True, text=True, check=True)

    assert done.stdout == f"it's here in {tmp_path}\n"
    assert program.stat().st_mode & 0o777 == 0o700
    parts.write_cron(folder, "shop", app(), release(tmp_path))
    assert not program.exists()
