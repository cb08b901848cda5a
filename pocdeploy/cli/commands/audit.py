"""Look for known vulnerabilities."""

from __future__ import annotations

import typer

from pocdeploy.cli.context import App, CliContext
from pocdeploy.cli.release_tools import run_tool
from pocdeploy.config import defaults


def audit(context: typer.Context, name: App = defaults.APP) -> None:
    """Find known vulnerabilities in installed packages.

    Checks the packages of pocdeploy and those of the application.
    """
    cli: CliContext = context.obj
    own = ["--disable-pip", "--require-hashes", "--requirement", "requirements.txt"]
    code = run_tool(cli, "pip-audit", "--strict", *own)
    code = run_tool(cli, "pip-audit", "--strict", "--requirement", f"app/{name}/requirements.txt") or code
    raise typer.Exit(code)
