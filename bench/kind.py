"""Benchmarks on a real cluster: the first `up`, a change, and `destroy`; or why they were skipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench import change, cold, destroy
from bench.rows import Row
from bench.stack import Stack
from pocdeploy import process

_BENCHMARKS = (cold, change, destroy)
PATH_HEADING = "The critical path of `up` from nothing"
CHANGE_HEADING = "The last run of the changed line"
END_HEADING = "The steps of `destroy`"


def skipped(reason: str) -> list[Row]:
    """Return the rows of all three benchmarks as skipped."""
    return [Row(what=it.WHAT, reference=it.REFERENCE, goal=it.GOAL, skipped=reason) for it in _BENCHMARKS]


def measure(folder: Path, runs: int, log: Callable[[str], None]) -> tuple[list[Row], dict[str, dict[str, float]]]:
    """Create a stack, measure, and delete the stack. Return the rows, and heading -> step -> seconds."""
    stack = Stack(folder / "pocdeploy")
    if reason := stack.unavailable():
        return skipped(reason), {}
    try:
        log(cold.WHAT)
        first, path = cold.measure(stack)
        log(change.WHAT)
        changed, steps = change.measure(stack, runs)
        log(destroy.WHAT)
        last, end = destroy.measure(stack)
        return [first, changed, *last], {PATH_HEADING: path, CHANGE_HEADING: steps, END_HEADING: end}
    finally:
        _clean_up(stack)


def _clean_up(stack: Stack) -> None:
    if process.run(["docker", "container", "inspect", stack.node]).code == 0:  # a measurement has failed
        stack.pulumi("destroy", "--yes", "--skip-preview")
    process.run(["docker", "image", "rm", change.IMAGE])
