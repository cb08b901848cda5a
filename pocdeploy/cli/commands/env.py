"""Print the environment in which Pulumi runs."""

from __future__ import annotations

import json
import os
import shlex

import typer

from pocdeploy.cli.context import CliContext
from pocdeploy.toolchain.pulumi_env import changes


def env(context: typer.Context) -> None:
    """Print variables for plain Pulumi: eval "$(pocdeploy env)"."""
    cli: CliContext = context.obj
    found = changes(cli.pulumi.environment(), os.environ)
    if cli.json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
