"""Pause a stack."""

from __future__ import annotations

import typer

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.stacks import hibernate


def pause(context: typer.Context, stack: Stack = "dev") -> None:
    """Hibernate databases, scale applications to 0; data stays.

    The commands wake and up end the pause.
    """
    cli: CliContext = context.obj
    needs.provide(cli, "pause", stack)
    settings, api = cli.settings(stack), cli.cluster(stack)
    cli.show_done(stack, hibernate.pause(api, settings, cli.progress), otherwise="it is paused already")
