"""Install the programs that the commands run."""

from __future__ import annotations

import json

import typer

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext
from pocdeploy.toolchain import install


def tools(context: typer.Context) -> None:
    """Install missing programs, and print all paths."""
    cli: CliContext = context.obj
    needs.provide(cli, "tools")
    found = {name: str(install.find(name, cli.root)) for name in install.TOOLS}
    if cli.json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, path in found.items():
        typer.echo(f"{name}\t{path}")
