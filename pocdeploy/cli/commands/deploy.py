"""Roll out an image that exists already."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.commands import validate as validation
from pocdeploy.cli.commands.use_image import Image
from pocdeploy.cli.context import AllowDataLoss, App, CliContext, Stack, Yes
from pocdeploy.config import defaults

CONTEXT_SETTINGS = operations.PASS_ON


def deploy(
    context: typer.Context,
    reference: Image = "",
    stack: Stack = "dev",
    name: App = defaults.APP,
    yes: Yes = False,  # noqa: FBT002
    allow_data_loss: AllowDataLoss = None,
) -> None:
    """Roll out an existing image by digest, then validate.

    The release is migrated and checked; if that fails, the last good one is restored. Then pocdeploy validate checks
    the stack. Options that pocdeploy does not know go to Pulumi.
    """
    cli: CliContext = context.obj
    operations.check_before_tools(cli, stack, "deploy", yes=yes)
    code = operations.use_image(cli, stack, name, reference)
    code = code or operations.up(cli, stack, *context.args, yes=yes, allow_data_loss=allow_data_loss or ())
    if code:
        raise typer.Exit(code)
    validation.validate(context, stack)
