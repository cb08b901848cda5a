"""The log of all calls of providers, and rules by which a test fails a call, holds it back, or ends the CLI in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

EFFECTS = ("Create", "Update", "Delete")


@dataclass
class Call:
    """One call, from its start to its end. Starts and ends are numbered together, as they happened."""

    package: str
    method: str
    urn: str
    preview: bool
    inputs: dict[str, Any]
    began: int = 0
    ended: int | None = None
    error: str | None = None

    @property
    def type(self) -> str:
        return self.urn.split("::")[2].rsplit("$", 1)[-1] if self.urn else ""

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def kind(self) -> str:
        return self.type.rsplit(":", 1)[-1]

    @property
    def label(self) -> str:
        return f"{self.method} {self.kind} {self.name}"

    @property
    def has_effect(self) -> bool:
        return self.method in EFFECTS and not self.preview


Step = Callable[[Call], None]


@dataclass
class _Rule:
    pattern: str
    before: Step | None
    after: Step | None


@dataclass
class Calls:
    """Every call of a run, in order. Safe for any number of threads."""

    log: list[Call] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Condition = field(default_factory=threading.Condition)
    _tick: int = 0
    _open: int = 0

    def when(self, pattern: str, *, before: Step | None = None, after: Step | None = None) -> None:
        """Step into the calls with an effect whose label (``Create Deployment polls-deployment``) matches.

        ``before`` runs before the effect, and prevents it by raising RefusedError; ``after`` runs when the effect is
        there and the engine has not been told yet. Either may wait.
        """
        self._rules.append(_Rule(pattern, before, after))

    def clear(self) -> None:
        """Forget calls and rules."""
        with self._lock:
            self.log, self._rules = [], []

    def begin(self, call: Call) -> None:
        with self._lock:
            self._tick += 1
            self._open += 1
            call.began = self._tick
            self.log.append(call)
        self._run("before", call)

    def effected(self, call: Call) -> None:
        self._run("after", call)

    def end(self, call: Call, error: str | None = None) -> None:
        with self._lock:
            self._tick += 1
            self._open -= 1
            call.ended, call.error = self._tick, error
            self._lock.notify_all()

    def wait_until_idle(self, seconds: float) -> None:
        """Wait for the calls that go on after the CLI was killed, so that the world is the test's alone."""
        with self._lock:
            assert self._lock.wait_for(lambda: self._open == 0, seconds), "a call does not end"

    def effects(self) -> list[Call]:
        """Return the calls that changed something, in order."""
        with self._lock:
            return [call for call in self.log if call.has_effect]

    def labels(self, method: str | None = None) -> list[str]:
        """Return the labels of the calls that changed something, sorted."""
        return sorted(call.label for call in self.effects() if method in (None, call.method))

    def one(self, label: str) -> Call:
        found = [call for call in self.effects() if fnmatchcase(call.label, label)]
        assert len(found) == 1, f"{len(found)} calls match {label!r} in {self.labels()}"
        return found[0]

    def _run(self, when: str, call: Call) -> None:
        if not call.has_effect:
            return
        for rule in list(self._rules):
            step: Step | None = getattr(rule, when)
            if step and fnmatchcase(call.label, rule.pattern):
                step(call)
