"""Follow the log of a process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pocdeploy.kube.pod_logs import Event, Line, PodEvent
from pocdeploy.processes.detached import tail

POLL_INTERVAL = 0.3  # seconds


def snapshot(name: str, log: Path, *, lines: int) -> Iterator[Line]:
    """Yield the last lines of a log."""
    return (Line(name, text) for text in tail(log, lines))


def follow(name: str, log: Path, *, lines: int, runs: Callable[[], bool]) -> Iterator[Event]:
    """Yield the last lines of a log, then each new one, until the process of ``name`` does not run any more."""
    with log.open(encoding="utf-8", errors="replace") as stream:
        yield from snapshot(name, log, lines=lines)
        stream.seek(0, 2)
        rest = ""
        while True:
            alive = runs()  # asked first: what it wrote last is read after that
            rest += stream.read()
            *complete, rest = rest.split("\n")
            yield from (Line(name, text) for text in complete)
            if not alive:
                yield PodEvent(name, "ended")
                return
            time.sleep(POLL_INTERVAL)
