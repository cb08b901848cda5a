"""Lock the packages."""

from __future__ import annotations

import typer

from pocdeploy.cli.context import CliContext
from pocdeploy.cli.operations import PASS_ON
from pocdeploy.cli.release_tools import run_tool

CONTEXT_SETTINGS = PASS_ON
SOURCES = (
    "requirements",
    "requirements-serve",
    "requirements-eks",
    "requirements-dev",
    "requirements-release",
    "requirements-docs",
    "policies/requirements",
    "tests/moto/requirements",
)
"""Each after those whose versions it takes over (-r and -c in its .in file)."""


def lock(context: typer.Context) -> None:
    """Lock all packages with hashes, as the .in files say.

    Versions that are locked stay. Newer ones: pocdeploy lock --upgrade, or --upgrade-package NAME.
    """
    cli: CliContext = context.obj
    options = ["--quiet", "--universal", "--python-version=3.11", "--generate-hashes", *context.args]
    for source in SOURCES:
        folder, _, name = source.rpartition("/")
        files = [f"--output-file={name}.txt", f"{name}.in"]
        if code := run_tool(cli, "uv", "pip", "compile", *options, *files, folder=folder):
            raise typer.Exit(code)
