"""Show which step is at work, for how long, and what it waits for: alive on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pocdeploy.errors import ExitCode, Finding, PocdeployError


class WaitError(PocdeployError):
    """A wait timed out."""

    headline = "This took too long"
    exit_code = ExitCode.FAILED


class Step(Protocol):
    """A step that is at work."""

    def waits_for(self, what: str) -> None:
        """Say what the step waits for now."""
        ...


@dataclass
class _Step:
    """What is known of a step; with ``write`` each change is a line."""

    name: str
    began: float
    write: Callable[[str], None] | None
    waiting: str = ""

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def waits_for(self, what: str) -> None:
        if what != self.waiting and self.write:
            self.write(f"{self.name}: waiting for {what} ({self.seconds():.0f} s)")
        self.waiting = what

    def __rich__(self) -> Table:
        """Give the line of a terminal; rich asks for it several times a second, so the time runs."""
        line = Table.grid(padding=(0, 1))
        waiting = f"waiting for {self.waiting}" if self.waiting else ""
        line.add_row(
            Spinner("dots"), self.name, Text(f"{self.seconds():.0f} s", style="cyan"), Text(waiting, style="dim")
        )
        return line


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Progress on stderr."""

    quiet: bool = False
    console: Console = field(default_factory=lambda: Console(stderr=True), init=False)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Show the step ``name`` while the block runs, and how long it took, or that it failed, at its end."""
        plain = not self.quiet and not self.console.is_terminal
        step = _Step(name, time.monotonic(), self._print if plain else None)
        try:
            if self.quiet or plain:
                yield step
            else:
                with Live(step, console=self.console, transient=True, refresh_per_second=8):
                    yield step
        except BaseException:
            self._end(step, "failed after")
            raise
        self._end(step, "done in")

    def until(self, step: Step, missing: Callable[[], str | None], *, timeout: float, pause: float = 1.0) -> None:
        """Ask ``missing`` again and again what is still missing, until it gives None.

        Args:
            step: the step that waits; it shows each answer.
            missing: what is waited for, in a few words; None if nothing is.
            timeout: seconds; after them WaitError says what was waited for last.
            pause: seconds between two questions.
        """
        began = time.monotonic()
        while (what := missing()) is not None:
            step.waits_for(what)
            if time.monotonic() - began >= timeout:
                finding = Finding(where=what, what=f"timed out after {timeout:.0f} s", fix="make validate")
                raise WaitError([finding])
            time.sleep(pause)

    def say(self, line: str) -> None:
        """Show a line, unless ``quiet``."""
        if not self.quiet:
            self._print(line)

    def _print(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _end(self, step: _Step, how: str) -> None:
        self.say(f"{step.name}: {how} {step.seconds():.1f} s")
