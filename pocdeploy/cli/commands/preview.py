"""Show what ``up`` would do."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import AllowDataLoss, Stack, Yes

CONTEXT_SETTINGS = operations.PASS_ON


def preview(
    context: typer.Context,
    stack: Stack = "dev",
    yes: Yes = False,  # noqa: FBT002
    allow_data_loss: AllowDataLoss = None,
) -> None:
    """Show what up would do, and change nothing.

    Ends with 2 if up would stop because of changes that delete data. Options that pocdeploy does not know go to
    Pulumi: pocdeploy preview --diff.
    """
    allowed = allow_data_loss or ()
    raise typer.Exit(operations.preview(context.obj, stack, *context.args, yes=yes, allow_data_loss=allowed))
