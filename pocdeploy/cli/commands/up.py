"""Create or update everything in a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import Stack, Yes

CONTEXT_SETTINGS = operations.PASS_ON


def up(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Create or update everything, without a preview before.

    Options that pocdeploy does not know go to Pulumi: pocdeploy up --diff --target URN.
    """
    raise typer.Exit(operations.up(context.obj, stack, *context.args, yes=yes))
