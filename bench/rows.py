"""The result of one measurement: seconds of the subject and of its reference, and whether the goal is met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal

Measure = Callable[[], float]
"""Runs something once; returns the measured seconds."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Limit of the subject, compared with its reference."""

    kind: Literal["ratio", "difference"]
    limit: float
    """Times the reference, or seconds beyond it."""

    def value(self, subject: float, reference: float) -> float:
        """Return the value that is compared with the limit."""
        return subject / reference if self.kind == "ratio" else subject - reference

    def format(self, value: float) -> str:
        """Return a value as ``1.23x`` or ``+4.5 s``."""
        return f"{value:.2f}x" if self.kind == "ratio" else f"{value:+.1f} s"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement, or the reason why it was skipped."""

    what: str
    """What is measured."""
    reference: str
    """What it is compared with."""
    goal: Goal
    """Limit of the comparison."""
    subjects: tuple[float, ...] = ()
    """Seconds of each run."""
    references: tuple[float, ...] = ()
    """Seconds of each run of the reference."""
    skipped: str = ""
    """Reason why it was not measured."""

    def value(self) -> float:
        """Return the ratio or difference of the medians."""
        return self.goal.value(median(self.subjects), median(self.references))

    def is_met(self) -> bool:
        """Return whether the value, rounded as in the table, is within the goal."""
        digits = 2 if self.goal.kind == "ratio" else 1
        return round(self.value(), digits) <= self.goal.limit

    def cells(self) -> list[str]:
        """Return the row as text: what, seconds, reference, its seconds, value, goal, verdict."""
        goal = f"≤ {self.goal.format(self.goal.limit)}"
        if self.skipped:
            return [self.what, "", self.reference, "", "", goal, f"skipped: {self.skipped}"]
        return [
            self.what,
            seconds(self.subjects),
            self.reference,
            seconds(self.references),
            self.goal.format(self.value()),
            goal,
            "met" if self.is_met() else "missed",
        ]


HEADINGS = ("What", "Time", "Reference", "Time of the reference", "Value", "Goal", "Verdict")


def seconds(runs: tuple[float, ...]) -> str:
    """Return the median with the range and number of runs: ``5.02 s (4.98 to 5.40, 5 runs)``."""
    if len(runs) == 1:
        return f"{runs[0]:.2f} s (1 run)"
    return f"{median(runs):.2f} s ({min(runs):.2f} to {max(runs):.2f}, {len(runs)} runs)"


def alternate(reference: Measure, subject: Measure, runs: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Measure both alternately, so that other load of the machine affects both; return (references, subjects)."""
    pairs = [(reference(), subject()) for _ in range(runs)]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
