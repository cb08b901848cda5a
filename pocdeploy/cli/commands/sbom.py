"""Write the bill of materials of an application."""

from __future__ import annotations

import typer

from pocdeploy.cli.context import App, CliContext
from pocdeploy.cli.release_tools import run_tool
from pocdeploy.config import defaults


def sbom(context: typer.Context, name: App = defaults.APP) -> None:
    """Write the application's packages as CycloneDX.

    The file is .pocdeploy/sbom-<app>.json.
    """
    cli: CliContext = context.obj
    output = ["--output-reproducible", "--output-file", f".pocdeploy/sbom-{name}.json"]
    raise typer.Exit(run_tool(cli, "cyclonedx-py", "requirements", f"app/{name}/requirements.txt", *output))
