"""Restart a stack after a reboot."""

from __future__ import annotations

import typer

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Stack, Yes
from pocdeploy.stacks import resume as action


def resume(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Restart the stack after a reboot, and wait until it serves.

    Containers that were stopped are started; no data is lost.
    """
    cli: CliContext = context.obj
    needs.provide(cli, "resume", stack, yes=yes)
    settings = cli.settings(stack)
    done = action.resume(settings, lambda: cli.cluster(stack), cli.progress)
    cli.show_done(stack, done, otherwise="nothing was stopped")
