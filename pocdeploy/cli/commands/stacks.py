"""List the stacks."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from pocdeploy.cli.context import CliContext
from pocdeploy.stacks import listing


def stacks(context: typer.Context) -> None:
    """List the stacks: state, address, age, memory in use."""
    cli: CliContext = context.obj
    cli.ensure_pulumi()
    table = Table("stack", "state", "url", "age", "memory", box=None, pad_edge=False)
    for stack in listing.all_stacks(cli.root, cli.pulumi.capture):
        memory = "-" if stack.memory is None else f"{stack.memory / 2**20:,.0f} MiB"
        table.add_row(stack.name, stack.state, stack.url or "-", listing.in_words(stack.age), memory)
    # Wide enough for every address when another program reads it.
    Console(width=None if Console().is_terminal else 200).print(table)
