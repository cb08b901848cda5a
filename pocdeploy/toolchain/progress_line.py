"""Show a step of an installation: how much of it is done, and since when. Only the standard library is there."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

ON_TERMINAL, ELSEWHERE = 0.5, 10.0
"""Seconds between two views of a step: one line that changes, or lines for a log."""
Write = Callable[[str], None]


@dataclass
class Amount:
    """How much is done."""

    text: str = ""

    def bytes(self, done: int, total: int | None) -> None:
        """Note how many bytes are done; ``total`` is None if it is unknown."""
        of = f" of {total / 1e6:.1f}" if total else ""
        self.text = f"{done / 1e6:.1f}{of} MB"


@dataclass
class _Line:
    step: str
    is_terminal: bool
    amount: Amount = field(default_factory=Amount)
    began: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)

    def __str__(self) -> str:
        amount = f"{self.amount.text}, " if self.amount.text else ""
        return f"{self.step}: {amount}{time.monotonic() - self.began:.0f} s"

    def refresh(self) -> None:
        while not self.ended.wait(ON_TERMINAL if self.is_terminal else ELSEWHERE):
            sys.stderr.write(f"\r\033[K{self}" if self.is_terminal else f"{self}\n")
            sys.stderr.flush()


@contextmanager
def step(name: str, *, log: Write) -> Iterator[Amount]:
    """Show the step ``name`` on stderr while the block runs: it gets the amount, and notes there how much is done.

    ``log`` gets a line at the beginning, and one with amount and seconds at the end, unless an error is raised.
    """
    line = _Line(name, sys.stderr.isatty())
    log(name)
    thread = threading.Thread(target=line.refresh, daemon=True)
    thread.start()
    try:
        yield line.amount
    finally:
        line.ended.set()
        thread.join()
        if line.is_terminal:
            sys.stderr.write("\r\033[K")
    log(f"{line}, done")
