"""Benchmark: the first `up`, compared with its own critical path."""

from __future__ import annotations

import time

from bench import criticalpath, timeline
from bench.eventlog import EventLog
from bench.rows import Goal, Row
from bench.stack import Stack

WHAT = "`up` from nothing"
REFERENCE = "its own critical path"
GOAL = Goal(kind="ratio", limit=1.15)


def measure(stack: Stack) -> tuple[Row, dict[str, float]]:
    """Create the stack. Return the row, and the seconds of the critical path and of the rest."""
    stack.pulumi("stack", "init")
    with EventLog(stack.folder / ".pocdeploy" / "events.jsonl") as log:
        began = time.monotonic()
        stack.up("--event-log", str(log.file))
        whole = time.monotonic() - began
    spent = criticalpath.durations(log.events)
    chain = criticalpath.longest(spent, criticalpath.waits_for(stack.export()))
    first = timeline.first_step(log.events, began)
    path = {criticalpath.label(urn): spent[urn] for urn in chain}
    total = sum(path.values())
    row = Row(what=WHAT, reference=REFERENCE, goal=GOAL, subjects=(whole,), references=(total,))
    return row, {
        **path,
        "the critical path": total,
        timeline.FIRST: first,
        "between the resources of the path, and after them": whole - total - first,
        "the whole `up`": whole,
    }
