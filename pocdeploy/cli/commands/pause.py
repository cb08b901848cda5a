"""``pocdeploy pause`` and ``pocdeploy wake``: a stack that nobody uses takes no CPU, and keeps its data."""

from __future__ import annotations

import json

import typer

from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.stacks import hibernate as action
from pocdeploy.stacks import resume
from pocdeploy.toolchain import install


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command()(pause)
    app.command()(wake)


def pause(context: typer.Context, stack: Stack = "dev") -> None:
    """Hibernate the databases and scale the applications to 0; the data stays. `wake` or `up` end it."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    settings, api = session.settings(stack), session.cluster(stack)
    _say(session, stack, action.pause(api, settings, session.progress), nothing="it is paused already")


def wake(context: typer.Context, stack: Stack = "dev") -> None:
    """Wake a paused stack, and wait until it serves."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    settings, api = session.settings(stack), session.cluster(stack)
    done = action.wake(api, settings)
    resume.resume(settings, lambda: api, session.progress)
    _say(session, stack, done, nothing="it was not paused")


def _say(session: CliContext, stack: str, done: list[str], *, nothing: str) -> None:
    if session.json:
        typer.echo(json.dumps({"result": "ok", "stack": stack, "done": done}, indent=2))
        return
    for line in done or [nothing]:
        typer.echo(line)
