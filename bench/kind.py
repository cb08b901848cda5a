"""What only a real cluster shows: a first `up`, a change, the end. Rows say why where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench import change, cold, destroy
from bench.rows import Row
from bench.stack import Stack
from pocdeploy import process

_FAMILIES = (cold, change, destroy)
PATH_HEADING = "The critical path of `up` from nothing"
CHANGE_HEADING = "The last run of the changed line"
END_HEADING = "The steps of `destroy`"


def skipped(reason: str) -> list[Row]:
    """Return the rows of all three, not measured."""
    return [Row(what=it.WHAT, reference=it.REFERENCE, goal=it.GOAL, skipped=reason) for it in _FAMILIES]


def measure(folder: Path, runs: int, say: Callable[[str], None]) -> tuple[list[Row], dict[str, dict[str, float]]]:
    """Make a stack of its own, measure, and leave nothing of it.

    Returns the rows, and heading -> step -> seconds.
    """
    stack = Stack(folder / "pocdeploy")
    if reason := stack.missing():
        return skipped(reason), {}
    try:
        say(cold.WHAT)
        first, path = cold.measure(stack)
        say(change.WHAT)
        changed, steps = change.measure(stack, runs)
        say(destroy.WHAT)
        last, end = destroy.measure(stack)
        return [first, changed, *last], {PATH_HEADING: path, CHANGE_HEADING: steps, END_HEADING: end}
    finally:
        _leave_nothing(stack)


def _leave_nothing(stack: Stack) -> None:
    if process.run(["docker", "container", "inspect", stack.node]).code == 0:  # something has failed on the way
        stack.pulumi("destroy", "--yes", "--skip-preview")
    process.run(["docker", "image", "rm", change.IMAGE])
