"""Build the documentation."""

from __future__ import annotations

import typer

from pocdeploy.cli.context import CliContext
from pocdeploy.cli.operations import PASS_ON
from pocdeploy.cli.release_tools import run_tool

CONTEXT_SETTINGS = PASS_ON


def docs(context: typer.Context) -> None:
    """Build the documentation as a site with search.

    It goes into .pocdeploy/site, and needs no server: open index.html. A broken link fails. Options are those of
    mkdocs build.
    """
    cli: CliContext = context.obj
    raise typer.Exit(run_tool(cli, "mkdocs", "build", "--strict", *context.args, tools="docs"))
