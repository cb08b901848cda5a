"""Where the time of an operation goes: before the first resource, and on each one that takes any."""

from __future__ import annotations

from collections.abc import Sequence

from bench import criticalpath

FIRST = "before the first resource: CLI, language host, imports"
_WORTH_A_LINE = 0.1  # seconds


def first_step(events: Sequence[criticalpath.Timed], began: float) -> float:
    """Return how many seconds after ``began`` the engine took up the first resource."""
    return min(at for at, event in events if "resourcePreEvent" in event) - began


def steps(events: Sequence[criticalpath.Timed], began: float) -> dict[str, float]:
    """Return step -> seconds, in the order in which they ended; what goes on at the same time adds up to more than all.

    Args:
        events: of one operation.
        began: when it was started, on the clock of the events.
    """
    spent = criticalpath.durations(events)
    named = {criticalpath.label(urn): value for urn, value in spent.items() if value >= _WORTH_A_LINE}
    return {FIRST: first_step(events, began), **named}
