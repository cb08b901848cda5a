"""Show what ``up`` would do."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import Stack, Yes

CONTEXT_SETTINGS = operations.PASS_ON


def preview(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Show what up would do, and change nothing.

    Options that pocdeploy does not know go to Pulumi: pocdeploy preview --diff.
    """
    raise typer.Exit(operations.preview(context.obj, stack, *context.args, yes=yes))
