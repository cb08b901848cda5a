"""`seed`: example data for every application that has a command for it."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy.cli.cluster_access import client
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube import jobs
from pocdeploy.toolchain import install


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("seed")(seed)


def seed(
    context: typer.Context,
    stack: Stack = "dev",
    optional: Annotated[  # noqa: FBT002
        bool, typer.Option(help="It is no error if no application has such a command.")
    ] = False,
) -> None:
    """Add example data to the running applications (`commands.seed`); what is there stays, so run it as you like."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    apps = session.settings(stack).apps
    wanted = {app: found.commands.seed for app, found in apps.items() if found.commands.seed}
    if not wanted and optional:
        session.log("No application of this stack has a command for example data.")
        return
    if not wanted:
        finding = Finding(
            where="pocdeploy:apps",
            what="no application of this stack has a command for example data",
            fix="pulumi config set --path 'pocdeploy:apps.<app>.commands.seed[0]' …   (a list, as in Pulumi.dev.yaml)",
        )
        raise PreflightError([finding])
    api = client(session, stack)
    for app, command in wanted.items():
        typer.echo(f"{app}: {jobs.run(api, app, command)}")
