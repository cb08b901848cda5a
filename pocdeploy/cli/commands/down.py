"""Destroy a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import Stack, Yes

CONTEXT_SETTINGS = operations.PASS_ON


def down(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Destroy everything that up created, and remove the stack.

    The file Pulumi.<stack>.yaml stays. Options that pocdeploy does not know go to Pulumi: pocdeploy down --refresh.
    """
    raise typer.Exit(operations.down(context.obj, stack, *context.args, yes=yes))
