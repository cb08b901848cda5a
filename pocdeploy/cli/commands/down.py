"""Destroy a stack."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import Stack, Yes, YesDestroy

CONTEXT_SETTINGS = operations.PASS_ON


def down(
    context: typer.Context,
    stack: Stack = "dev",
    yes: Yes = False,  # noqa: FBT002
    yes_destroy: YesDestroy = False,  # noqa: FBT002
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Destroy databases without a last backup.")] = False,  # noqa: FBT002
    keep_data: Annotated[bool, typer.Option("--keep-data", help="Keep the database, if it runs as processes.")] = False,  # noqa: FBT002
) -> None:
    """Destroy everything that up created, and remove the stack.

    Lists what is destroyed, and asks for the name of the stack; without a terminal --yes-destroy is necessary. The
    file Pulumi.<stack>.yaml stays. Databases with a store of backups are archived to their end before. Options that
    pocdeploy does not know go to Pulumi: pocdeploy down --refresh.
    """
    options = {"keep_data": keep_data, "confirmed": yes_destroy, "backup": not no_backup}
    code = operations.down(context.obj, stack, *context.args, yes=yes, **options)
    raise typer.Exit(code)
