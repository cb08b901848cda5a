"""Create or update everything in a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import AllowDataLoss, Stack, Yes

CONTEXT_SETTINGS = operations.PASS_ON


def up(
    context: typer.Context,
    stack: Stack = "dev",
    yes: Yes = False,  # noqa: FBT002
    allow_data_loss: AllowDataLoss = None,
) -> None:
    """Create or update everything, without a preview before.

    Changes that delete data are listed. They happen only if you type the name of the stack, or with --allow-data-loss.
    Options that pocdeploy does not know go to Pulumi: pocdeploy up --diff --target URN.
    """
    allowed = allow_data_loss or ()
    code = operations.up(context.obj, stack, *context.args, yes=yes, allow_data_loss=allowed, may_fall_back=True)
    raise typer.Exit(code)
