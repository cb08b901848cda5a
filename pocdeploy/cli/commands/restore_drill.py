"""Prove that the backups can be restored."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy.cli import backups
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.stacks.backups import drill


def restore_drill(
    context: typer.Context,
    stack: Stack = "dev",
    app: Annotated[
        str | None, typer.Option("--app", envvar="APP", help="Only the database of this application.")
    ] = None,
) -> None:
    """Prove that backups can be restored.

    Runs the weekly drill of each database now: a moment of it is restored into a temporary cluster and compared.
    """
    cli: CliContext = context.obj
    api, found = backups.archives(cli, stack, app)
    done = [f"{archive.app}: {drill.run(api, archive.app)}" for archive in found]
    cli.show_done(stack, done, otherwise="no database of this stack is backed up")
