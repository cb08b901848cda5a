"""Find changes that were made outside of Pulumi."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import App, CliContext, Stack, Yes
from pocdeploy.config import defaults

CONTEXT_SETTINGS = operations.PASS_ON


def drift(
    context: typer.Context,
    stack: Stack = "dev",
    name: App = defaults.APP,
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Find changes outside of Pulumi; fail if there are any.

    Options that pocdeploy does not know go to Pulumi: pocdeploy drift --diff.
    """
    cli: CliContext = context.obj
    operations.check_before_tools(cli, stack, "drift", yes=yes)
    code = operations.keep_image(cli, stack, name)
    code = code or operations.preview(cli, stack, "--refresh", "--expect-no-changes", *context.args, yes=yes)
    raise typer.Exit(code)
