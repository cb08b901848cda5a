"""Add example data to the applications."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy import fixes
from pocdeploy.cli import needs, operations
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube import jobs
from pocdeploy.processes import report


def seed(
    context: typer.Context,
    stack: Stack = "dev",
    optional: Annotated[bool, typer.Option(help="End with 0 if no application has a seed command.")] = False,  # noqa: FBT002
) -> None:
    """Add example data to the applications; can be repeated.

    Runs the command in pocdeploy:apps.<name>.commands.seed of each application that has one. Existing data stays.
    """
    cli: CliContext = context.obj
    if operations.as_processes(cli, stack) is None:
        needs.provide(cli, "seed", stack)
    if not seed_apps(cli, stack) and not optional:
        first = next(iter(cli.settings(stack).apps))
        finding = Finding(
            where="pocdeploy:apps",
            what="no application of this stack has a seed command",
            expected="commands.seed, a list of texts",
            fix=fixes.set_value(f"apps.{first}.commands.seed", ["./seed.sh"]),
        )
        raise PreflightError([finding])


def seed_apps(cli: CliContext, stack: str) -> bool:
    """Run the seed command of each application; return whether there is any."""
    apps = cli.settings(stack).apps
    commands = {app: found.commands.seed for app, found in apps.items() if found.commands.seed}
    if not commands:
        cli.log("No application of this stack has a seed command.")
        return False
    if (found := operations.as_processes(cli, stack)) is not None:
        report.deployed(found.folder)
        for app, line in found.seed().items():
            typer.echo(f"{app}: {line}")
        return True
    client = cli.cluster(stack)
    for app, command in commands.items():
        typer.echo(f"{app}: {jobs.run(client, app, command)}")
    return True
