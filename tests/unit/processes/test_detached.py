"""Processes that outlive the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pocdeploy.errors import PocdeployError
from pocdeploy.processes import detached
from pocdeploy.processes.detached import Started

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "shop.log"


def start(log: Path, code: str) -> Started:
    return detached.start([sys.executable, "-c", code], cwd=log.parents[1], env={"A": "b"}, log=log)


@pytest.fixture
def running(log: Path) -> Iterator[Started]:
    process = start(log, SLEEP)
    yield process
    detached.stop(process)


def wait_for(log: Path, text: str) -> None:
    while text not in detached.tail(log, 5):
        pass


def test_a_process_has_its_own_session(running: Started) -> None:
    assert detached.is_alive(running)
    assert os.getsid(running.pid) == running.pid
    assert detached.memory(running) > 2**20


def test_a_stopped_process_is_not_alive(running: Started) -> None:
    detached.stop(running)
    assert not detached.is_alive(running)
    assert not detached.is_alive(None)


def test_another_process_with_the_number_is_left_alone(running: Started) -> None:
    recycled = Started(pid=running.pid, started=running.started - 60)
    detached.stop(recycled)
    assert not detached.is_alive(recycled)
    assert detached.is_alive(running)
    assert detached.memory(recycled) == 0


def test_what_a_process_started_ends_with_it(log: Path) -> None:
    parent = start(log, PARENT)
    wait_for(log, "up")
    (child,) = psutil.Process(parent.pid).children()
    psutil.Process(parent.pid).kill()
    psutil.Process(parent.pid).wait()
    detached.stop(parent)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_process_that_ignores_its_end_is_killed(log: Path) -> None:
    process = start(log, f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}")
    wait_for(log, "up")
    detached.stop(process, timeout=0.2)
    assert not detached.is_alive(process)


def test_a_log_is_appended_and_a_large_one_set_aside(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("first", "second"):
        psutil.Process(start(log, f"print({text!r})").pid).wait()
    assert detached.tail(log, 1) == ["second"]
    assert detached.tail(log, 9) == ["first", "second"]
    monkeypatch.setattr(detached, "LOG_LIMIT", 3)
    psutil.Process(start(log, "print('third')").pid).wait()
    assert detached.tail(log, 9) == ["third"]
    assert detached.tail(log.with_suffix(".old.log"), 9) == ["first", "second"]


def test_a_missing_program_is_named(log: Path) -> None:
    with pytest.raises(PocdeployError, match="/nothing: not found"):
        detached.start(["/nothing"], cwd=log.parents[1], env={}, log=log)
    assert detached.tail(log.with_name("other.log"), 3) == []


def test_a_server_is_known_by_name_and_folder(running: Started, log: Path) -> None:
    name, folder = psutil.Process(running.pid).name(), log.parents[1]
    assert detached.identify(running.pid, name=name, cwd=folder) == running
    assert detached.identify(running.pid, name="postgres", cwd=folder) is None
    assert detached.identify(running.pid, name=name, cwd=log.parent) is None
