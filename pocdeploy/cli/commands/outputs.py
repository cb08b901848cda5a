"""Print the outputs of a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import needs, operations, processes
from pocdeploy.cli.context import CliContext, Stack

CONTEXT_SETTINGS = operations.PASS_ON


def outputs(context: typer.Context, stack: Stack = "dev") -> None:
    """Print addresses, names and image of a stack.

    One output by its name: pocdeploy outputs url. With secrets: pocdeploy outputs --show-secrets.
    """
    cli: CliContext = context.obj
    if (found := operations.as_processes(cli, stack)) is not None:
        raise typer.Exit(processes.outputs(cli, found, context.args))
    needs.provide(cli, "outputs", stack)
    form = ["--json"] if cli.json else []
    raise typer.Exit(cli.pulumi.run("stack", "output", "--stack", stack, *context.args, *form))
