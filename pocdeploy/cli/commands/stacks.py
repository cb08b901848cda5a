"""List the stacks."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_file
from pocdeploy.processes import report
from pocdeploy.stacks import listing
from pocdeploy.toolchain.pulumi_env import has_state


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
    """Return the stacks that run as processes, and those of Pulumi, whose CLI is installed only if there are any."""
    running = {stack.name: stack for stack in report.listed(cli.root)}
    if has_state(cli.pulumi.environment(), cli.root):
        cli.ensure_pulumi()
        others = listing.all_stacks(cli.root, cli.pulumi.capture)
    else:
        others = [listing.Listed(name=name, state=listing.NOT_DEPLOYED) for name in stack_file.names(cli.root)]
    return sorted({**{stack.name: stack for stack in others}, **running}.values(), key=lambda stack: stack.name)
