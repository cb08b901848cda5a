"""`destroy`, against the end of a Kind cluster of the same nodes with nothing in it."""

from __future__ import annotations

import time
from pathlib import Path

from bench import timeline
from bench.eventlog import EventLog
from bench.rows import Goal, Row
from bench.stack import NAME, Stack
from components.cluster.kind.manifests import cluster_config
from pocdeploy.config import KindSettings, load, stack_config

WHAT = "`destroy`"
REFERENCE = "`kind delete cluster` of a bare cluster"
GOAL = Goal(kind="difference", limit=5.0)
BARE = f"{NAME}-bare"


def measure(stack: Stack) -> tuple[list[Row], dict[str, float]]:
    """Destroy the stack, then make a cluster of the same nodes, at the same ports, and delete it.

    Returns the rows, and the steps of the subject. A cluster with all that is in it takes Docker longer to remove than
    a bare one, so a second row shows what Pulumi and this program add to it.
    """
    with EventLog(stack.folder / ".pocdeploy" / "events-destroy.jsonl") as log:
        began = time.monotonic()
        stack.pulumi("destroy", "--yes", "--skip-preview", "--event-log", str(log.file))
        subject = time.monotonic() - began
    steps = {**timeline.steps(log.events, began), "the whole `destroy`": subject}
    settings = load(stack_config.read(stack.folder, NAME), root=stack.folder, stack=NAME).cluster
    assert isinstance(settings, KindSettings), "Stack.missing has seen to it"
    kubeconfig = ("--kubeconfig", str(Path(stack.folder, ".pocdeploy", "bare-kubeconfig")))
    create = ["kind", "create", "cluster", "--name", BARE, "--config", "-", *kubeconfig]
    try:
        stack.run(create, text=cluster_config(settings))
    finally:
        began = time.monotonic()
        stack.run(["kind", "delete", "cluster", "--name", BARE, *kubeconfig])
        reference = time.monotonic() - began
    found = {REFERENCE: reference, "the step within it that runs `kind delete cluster`": steps[f"Command {NAME}-kind"]}
    return [
        Row(what=WHAT, reference=name, goal=GOAL, subjects=(subject,), references=(value,))
        for name, value in found.items()
    ], steps
