"""Processes that outlive the terminal: each is the first of a session of its own, and writes into a log file.

A process is known by its number and the time of its start, because the system gives numbers out again: a process that
only has the number is never stopped.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pocdeploy.config.types import Model
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.processes.not_started import not_started

STOP_TIMEOUT = 25.0  # seconds; more than the applications' graceful_timeout of 20 s
SAME_START = 2.0
"""Seconds by which the system's answers about one start may differ, as they depend on its clock."""
LOG_LIMIT = 10 * 2**20  # bytes


class Started(Model):
    """A process that was started."""

    pid: int
    started: float
    """Seconds since the epoch."""


def start(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> Started:
    """Start ``command`` with exactly the environment ``env``; it appends to ``log``, of which the last 10 MiB are kept.

    Raises PocdeployError if it cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.is_file() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise not_started(log.stem, command, error, cwd=cwd, path=env.get("PATH", os.defpath)) from error
    return Started(pid=process.pid, started=_process(process.pid).create_time())


def is_alive(process: Started | None) -> bool:
    """Return whether the process runs; another one that has its number now does not count."""
    return process is not None and _find(process) is not None


def identify(pid: int, *, name: str, cwd: Path) -> Started | None:
    """Return the process ``pid`` if it is the program ``name`` and works in the folder ``cwd``; None otherwise."""
    psutil = _psutil()
    try:
        found = _process(pid)
        if found.name() == name and found.status() != psutil.STATUS_ZOMBIE and Path(found.cwd()) == cwd.resolve():
            return Started(pid=pid, started=found.create_time())
    except psutil.Error:
        pass
    return None


def stop(process: Started | None, *, number: signal.Signals = signal.SIGTERM, timeout: float = STOP_TIMEOUT) -> None:
    """End a process with the signal ``number``, then all that it started, after ``timeout`` seconds with SIGKILL."""
    if process is None:
        return
    psutil = _psutil()
    members = _session(process)
    if (leader := _find(process)) is not None:
        with suppress(psutil.NoSuchProcess):
            leader.send_signal(number)
            psutil.wait_procs([leader], timeout=timeout)
    for member in members:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(members, timeout=timeout)


def memory(process: Started | None) -> int:
    """Return the bytes of memory that a process and all that it started use."""
    psutil = _psutil()
    total = 0
    for member in _session(process) if process else ():
        with suppress(psutil.Error):
            total += member.memory_info().rss
    return total


def tail(log: Path, lines: int) -> list[str]:
    """Return the last lines of a log; none if it does not exist."""
    try:
        with log.open(encoding="utf-8", errors="replace") as stream:
            return [line.rstrip("\n") for line in deque(stream, lines)]
    except FileNotFoundError:
        return []


def _find(process: Started) -> Any:
    """Return the process if it runs; None if it ended, even if its parent has not noticed it yet."""
    psutil = _psutil()
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.started) < SAME_START
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _session(process: Started) -> list[Any]:
    """Return the process and what it started, also if it has ended itself: the system keeps its number for them."""
    psutil = _psutil()
    if psutil.pid_exists(process.pid) and _find(process) is None and not _is_zombie(process.pid):
        return []  # the number is that of another process now
    found = []
    for other in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(other.pid) == process.pid:
                found.append(other)
    return found


def _is_zombie(pid: int) -> bool:
    psutil = _psutil()
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _process(pid: int) -> Any:
    return _psutil().Process(pid)


def _psutil() -> Any:
    """Return the package psutil, which comes with PostgreSQL; raises PreflightError if it is missing."""
    try:
        import psutil  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        what = f"the package psutil cannot be imported: {error}"
        raise PreflightError([Finding(where="processes", what=what, fix="pip install 'pocdeploy[dev]'")]) from error
    return psutil
