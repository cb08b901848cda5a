"""Prove that the backups can be restored."""

from __future__ import annotations

import typer

from pocdeploy.cli import backups
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.stacks.backups import drill


def restore_drill(
    context: typer.Context,
    stack: Stack = "dev",
    app: backups.OneApp = None,
) -> None:
    """Prove that backups can be restored.

    Runs the weekly drill of each database now: a moment of it is restored into a temporary cluster and compared.
    """
    cli: CliContext = context.obj
    api, found = backups.archives(cli, stack, app)
    done = [f"{archive.app}: {drill.run(api, archive.app)}" for archive in found]
    cli.show_done(stack, done, otherwise="no database of this stack is backed up")
