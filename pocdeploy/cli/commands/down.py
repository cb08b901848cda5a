"""Destroy a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import Stack, Yes, YesDestroy

CONTEXT_SETTINGS = operations.PASS_ON


def down(
    context: typer.Context,
    stack: Stack = "dev",
    yes: Yes = False,  # noqa: FBT002
    yes_destroy: YesDestroy = False,  # noqa: FBT002
) -> None:
    """Destroy everything that up created, and remove the stack.

    Lists what is destroyed, and asks for the name of the stack; without a terminal --yes-destroy is necessary. The
    file Pulumi.<stack>.yaml stays. Options that pocdeploy does not know go to Pulumi: pocdeploy down --refresh.
    """
    raise typer.Exit(operations.down(context.obj, stack, *context.args, yes=yes, confirmed=yes_destroy))
