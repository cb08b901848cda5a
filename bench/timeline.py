"""The time of an operation: before the first resource, and of each resource."""

from __future__ import annotations

from collections.abc import Sequence

from bench import criticalpath

FIRST = "before the first resource: CLI, language host, imports"
_SHORTEST_SHOWN = 0.1  # seconds


def first_step(events: Sequence[criticalpath.Timed], began: float) -> float:
    """Return the seconds from ``began`` until the engine started the first resource."""
    return min(at for at, event in events if "resourcePreEvent" in event) - began


def steps(events: Sequence[criticalpath.Timed], began: float) -> dict[str, float]:
    """Return step -> seconds, in the order of their ends. Steps overlap, so their sum can exceed the total time.

    Args:
        events: events of one operation.
        began: start of the operation, on the clock of the events.
    """
    spent = criticalpath.durations(events)
    named = {criticalpath.label(urn): value for urn, value in spent.items() if value >= _SHORTEST_SHOWN}
    return {FIRST: first_step(events, began), **named}
