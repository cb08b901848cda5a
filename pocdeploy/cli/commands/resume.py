"""``pocdeploy resume``: bring a stack back after a reboot or a stopped Docker."""

from __future__ import annotations

import json

import typer

from pocdeploy.cli.context import CliContext, Stack, Yes
from pocdeploy.config.local_cluster import local_cluster
from pocdeploy.docker import engine
from pocdeploy.stacks import resume as action
from pocdeploy.toolchain import install


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(resume)


def resume(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Start what a reboot has stopped, and wait until everything serves again. No data is lost."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    settings = session.settings(stack)
    if local_cluster(settings) is not None:
        engine.check_docker(assume_yes=yes, machine=engine.Machine(log=session.log))
    done = action.resume(settings, lambda: session.cluster(stack), session.progress)
    if session.json:
        typer.echo(json.dumps({"result": "ok", "stack": stack, "done": done}, indent=2))
        return
    for line in done or ["nothing was stopped"]:
        typer.echo(line)
