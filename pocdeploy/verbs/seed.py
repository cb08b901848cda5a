"""`seed`: example data for every application that has a command for it."""

from __future__ import annotations

import json
from typing import Any

import typer

from pocdeploy import seedjob, stackconfig, tools
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.session import Session, Stack
from pocdeploy.settings import load
from pocdeploy.verbs.stacks import runner


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("seed")(seed)


def seed(context: typer.Context, stack: Stack = "dev") -> None:
    """Add example data to the running applications (`commands.seed`); what is there stays, so run it as you like."""
    session: Session = context.obj
    tools.ensure(session.root, wanted=("pulumi",), log=session.log)
    name = stack.rpartition("/")[2]
    settings = load(stackconfig.read(session.root, name), root=session.root, stack=name)
    wanted = {app: found.commands.seed for app, found in settings.apps.items() if found.commands.seed}
    if not wanted:
        finding = Finding(
            where="pocdeploy:apps",
            what="no application of this stack has a command for example data",
            fix="pulumi config set --path 'pocdeploy:apps.<app>.commands.seed[0]' …   (a list, as in Pulumi.dev.yaml)",
        )
        raise PreflightError([finding])
    client = client_of(session, stack)
    for app, command in wanted.items():
        typer.echo(f"{app}: {seedjob.run(client, app, command)}")


def client_of(session: Session, stack: str) -> object:
    """Return a client of the stack's cluster, from the kubeconfig that it exports; raises PreflightError."""
    from kubernetes import config as untyped  # noqa: PLC0415 -- takes a second to load

    config: Any = untyped
    shown = runner(session)("stack", "output", "--json", "--stack", stack)
    try:
        kubeconfig = json.loads(shown.stdout)["kubeconfigPath"]
    except (ValueError, KeyError):
        finding = Finding(
            where=stack,
            what="this stack is not up",
            got=shown.stderr.strip()[-200:] or None,
            fix=f"make up STACK={stack}",
        )
        raise PreflightError([finding]) from None
    client: object = config.new_client_from_config(config_file=str(session.root / str(kubeconfig)))
    return client
