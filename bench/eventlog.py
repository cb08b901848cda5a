"""The engine's events as they come: the log itself has whole seconds only."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

_PAUSE = 0.02  # seconds


class EventLog:
    """Follows the file of ``--event-log`` while the block runs, and notes when each event came."""

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

    def take(self, text: str, at: float) -> None:
        """Take in what has been added to the file; a line that has no end yet is kept for the next time."""
        *lines, self._rest = (self._rest + text).split("\n")
        self.events += [(at, json.loads(line)) for line in lines if line]

    def _follow(self) -> None:
        with self.file.open(encoding="utf-8") as log:
            while True:
                last = self._stop.is_set()
                self.take(log.read(), time.monotonic())
                if last:
                    return
                self._stop.wait(_PAUSE)
