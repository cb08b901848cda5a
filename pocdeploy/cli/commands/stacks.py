"""List the stacks."""

from __future__ import annotations

import os

import typer
from rich.console import Console
from rich.table import Table

from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_file
from pocdeploy.processes import report
from pocdeploy.stacks import listing, lock_recovery
from pocdeploy.toolchain import install


def stacks(context: typer.Context) -> None:
    """List the stacks: state, address, age, memory in use."""
    cli: CliContext = context.obj
    table = Table("stack", "state", "url", "age", "memory", box=None, pad_edge=False)
    for stack in _all(cli):
        memory = "-" if stack.memory is None else f"{stack.memory / 2**20:,.0f} MiB"
        table.add_row(stack.name, stack.state, stack.url or "-", listing.in_words(stack.age), memory)
    # Wide enough for every address when another program reads it.
    Console(width=None if Console().is_terminal else 200).print(table)


def _all(cli: CliContext) -> list[listing.Listed]:
    """Return the stacks that run as processes, and those of Pulumi; only a state elsewhere needs its CLI."""
    running = {stack.name: stack for stack in report.listed(cli.root)}
    own = f"file://{cli.root / '.pocdeploy' / 'state'}"
    backend = lock_recovery.state_folder(os.environ.get("PULUMI_BACKEND_URL") or own, cli.root)
    if backend is not None:
        others = listing.all_stacks(cli.root, listing.local_backend(backend))
    elif install.find("pulumi", cli.root) is not None:
        others = listing.all_stacks(cli.root, cli.pulumi.capture)
    else:
        cli.log("The state is not on this machine, and the Pulumi CLI that reads it is not installed")
        others = [listing.Listed(name=name, state="unknown") for name in stack_file.names(cli.root)]
    return sorted({**{stack.name: stack for stack in others}, **running}.values(), key=lambda stack: stack.name)
