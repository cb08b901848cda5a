"""Destroy a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import CliContext, Stack, Yes
from pocdeploy.errors import ExitCode

CONTEXT_SETTINGS = operations.PASS_ON


def down(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Destroy everything that up created, and remove the stack.

    The file Pulumi.<stack>.yaml stays. Options that pocdeploy does not know go to Pulumi: pocdeploy down --refresh.
    """
    cli: CliContext = context.obj
    operations.prepare_machine(cli, stack, yes=yes)
    code = operations.destroy(cli, stack, *context.args)
    if code == ExitCode.NO_STACK:
        cli.log(f"There is no stack {stack}: nothing to do.")
        if cli.json:
            typer.echo("{}")
        code = ExitCode.OK
    raise typer.Exit(code)
