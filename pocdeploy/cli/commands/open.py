"""Open an application in the browser."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import App, CliContext, Stack
from pocdeploy.config import defaults
from pocdeploy.errors import Finding, PreflightError

GRAFANA = "grafanaUrl"


def open(  # noqa: A001 -- the name of the command
    context: typer.Context,
    *,
    name: App = defaults.APP,
    stack: Stack = "dev",
    admin: Annotated[bool, typer.Option("--admin", help="Open the administration pages.")] = False,
    grafana: Annotated[bool, typer.Option("--grafana", help="Open Grafana.")] = False,
) -> None:
    """Open an application in the browser, and print its address."""
    cli: CliContext = context.obj
    key = GRAFANA if grafana else "adminUrl" if admin else "url"
    found = (operations.outputs(cli, stack) if grafana else operations.app_outputs(cli, stack, name)).get(key)
    if not found:
        what, fix = f"has no output {key}", f"make outputs STACK={stack}"
        raise PreflightError([Finding(where=f"stack {stack}", what=what, fix=fix)])
    typer.echo(found)
    if not webbrowser.open(str(found)):
        cli.log("This machine has no browser that a program can open.")
