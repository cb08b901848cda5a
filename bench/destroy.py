"""Benchmark: `destroy`, compared with the deletion of an empty Kind cluster with the same nodes."""

from __future__ import annotations

import time
from pathlib import Path

from bench import timeline
from bench.eventlog import EventLog
from bench.rows import Goal, Row
from bench.stack import NAME, Stack
from components.cluster.kind.manifests import cluster_config
from pocdeploy.config import KindSettings, load_stack

WHAT = "`destroy`"
REFERENCE = "`kind delete cluster` of an empty cluster"
GOAL = Goal(kind="difference", limit=5.0)
EMPTY = f"{NAME}-empty"


def measure(stack: Stack) -> tuple[list[Row], dict[str, float]]:
    """Destroy the stack, then create an empty cluster with the same nodes and ports, and delete it.

    Return the rows, and the steps of `destroy`. Docker deletes an empty cluster faster than one with contents, so a
    second row compares with the step that deletes the cluster.
    """
    with EventLog(stack.folder / ".pocdeploy" / "events-destroy.jsonl") as log:
        began = time.monotonic()
        stack.pulumi("destroy", "--yes", "--skip-preview", "--event-log", str(log.file))
        subject = time.monotonic() - began
    steps = {**timeline.steps(log.events, began), "the whole `destroy`": subject}
    settings = load_stack(stack.folder, NAME).cluster
    assert isinstance(settings, KindSettings), "Stack.unavailable has checked it"
    kubeconfig = ("--kubeconfig", str(Path(stack.folder, ".pocdeploy", "empty-kubeconfig")))
    create = ["kind", "create", "cluster", "--name", EMPTY, "--config", "-", *kubeconfig]
    try:
        stack.run(create, text=cluster_config(settings))
    finally:
        began = time.monotonic()
        stack.run(["kind", "delete", "cluster", "--name", EMPTY, *kubeconfig])
        reference = time.monotonic() - began
    found = {REFERENCE: reference, "the step within it that runs `kind delete cluster`": steps[f"Command {NAME}-kind"]}
    return [
        Row(what=WHAT, reference=name, goal=GOAL, subjects=(subject,), references=(value,))
        for name, value in found.items()
    ], steps
