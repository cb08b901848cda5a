"""Read the stack's last state, before any resource is registered."""

from __future__ import annotations

import json
import shutil

import pulumi

from components.shared import engine
from pocdeploy import process
from pocdeploy.stacks.deployed import Deployed, from_export, from_outputs


def read() -> Deployed:
    """Return the state before this run; empty for a new stack."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    return from_outputs(engine.resource_outputs(stack)) if engine.stack_outputs(stack) else _first_run(stack)


def _first_run(stack: str) -> Deployed:
    """Return what a first run that failed has left, which the CLI reads: such a stack may have no state at all."""
    program = shutil.which("pulumi")
    if program is None:
        return Deployed()
    result = process.run([program, "stack", "export", "--stack", stack])
    return from_export(json.loads(result.stdout)) if result.code == 0 else Deployed()
