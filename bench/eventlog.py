"""The engine's events with exact times: the event log itself has only whole seconds."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

_POLL_INTERVAL = 0.02  # seconds


class EventLog:
    """Follows the file of ``--event-log`` while the block runs, and records the time of each event."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.events: list[tuple[float, dict[str, Any]]] = []
        self._rest = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> EventLog:
        self.file.touch()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def add(self, text: str, at: float) -> None:
        """Add new text of the file. An incomplete line is kept until its end arrives."""
        *lines, self._rest = (self._rest + text).split("\n")
        self.events += [(at, json.loads(line)) for line in lines if line]

    def _follow(self) -> None:
        with self.file.open(encoding="utf-8") as log:
            while True:
                last = self._stop.is_set()
                self.add(log.read(), time.monotonic())
                if last:
                    return
                self._stop.wait(_POLL_INTERVAL)
