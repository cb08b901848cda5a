"""`stacks`: every stack with its state, address, age and memory."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from pocdeploy.cli.context import CliContext
from pocdeploy.stacks import listing
from pocdeploy.toolchain import install


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stacks")(stacks)


def stacks(context: typer.Context) -> None:
    """List the stacks with their state, address, age, and the memory that they use on this machine."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    table = Table("stack", "state", "url", "age", "memory", box=None, pad_edge=False)
    for stack in listing.all_stacks(session.root, session.capture_pulumi):
        memory = "-" if stack.memory is None else f"{stack.memory / 2**20:,.0f} MiB"
        table.add_row(stack.name, stack.state, stack.url or "-", listing.in_words(stack.age), memory)
    # Wide enough for every address when it is read by another program.
    Console(width=None if Console().is_terminal else 200).print(table)
