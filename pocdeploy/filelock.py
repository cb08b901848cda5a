"""Let one process at a time do something: locks on files, which the system releases when their process ends."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pocdeploy.errors import Finding, PreflightError

TIMEOUT = 600.0  # seconds
POLL_INTERVAL = 0.2  # seconds
_LOG = logging.getLogger("pocdeploy.filelock")


class LockedError(PreflightError):
    """Another process holds a lock."""

    headline = "Another process is at work"


@contextmanager
def hold(file: Path, purpose: str, *, timeout: float = TIMEOUT) -> Iterator[None]:
    """Hold the lock ``file`` while the block runs; wait for a process that holds it, and write a message about it.

    Args:
        file: created if it does not exist, and never removed: two processes could then hold two files of one name.
        purpose: what the block does, in a few words; other processes show it.
        timeout: seconds to wait; 0 does not wait.

    Raises:
        LockedError: after ``timeout``; it names the other process.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as lock:
        _acquire(lock, file, purpose, timeout)
        try:
            lock.write(f"{os.getpid()} {purpose}")
            lock.flush()
            yield
        finally:
            lock.truncate(0)


def _acquire(lock: TextIO, file: Path, purpose: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    shown = ""
    while not _try(lock):
        pid, _, doing = file.read_text("utf-8").partition(" ")
        holder = f"process {pid} ({doing})" if pid else "another process"
        if time.monotonic() >= deadline:
            finding = Finding(
                where=str(file),
                what=f"cannot {purpose} while {holder} holds this lock",
                actual=f"it still holds it after {timeout:.0f} s" if timeout else None,
                expected="the other process ends",
                fix=f"kill {pid}" if pid else f"fuser {file}",
            )
            raise LockedError([finding])
        if holder != shown:
            _LOG.warning("waiting for %s to release %s", holder, file)
            shown = holder
        time.sleep(POLL_INTERVAL)


def _try(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    lock.truncate(0)  # the last holder may have been killed
    return True
