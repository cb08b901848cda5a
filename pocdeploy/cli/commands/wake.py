"""End the pause of a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.stacks import hibernate, resume


def wake(context: typer.Context, stack: Stack = "dev") -> None:
    """End a pause, and wait until the stack serves again."""
    cli: CliContext = context.obj
    needs.provide(cli, "wake", stack)
    settings, api = cli.settings(stack), cli.cluster(stack)
    done = hibernate.wake(api, settings)
    resume.resume(settings, lambda: api, cli.progress)
    cli.show_done(stack, done, otherwise="it was not paused")
