"""Make a backup now."""

from __future__ import annotations

import typer

from pocdeploy.cli import backups
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.stacks.backups import make


def backup(
    context: typer.Context,
    stack: Stack = "dev",
    app: backups.OneApp = None,
) -> None:
    """Back up the databases now.

    A database that an application shares is in the backup of the cluster that has it.
    """
    cli: CliContext = context.obj
    api, found = backups.archives(cli, stack, app)
    done = [f"{archive.app}: {make.base_backup(api, archive)}" for archive in found]
    cli.show_done(stack, done, otherwise="no database of this stack is backed up")
