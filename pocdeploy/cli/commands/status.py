"""Show how a stack is, on one screen."""

from __future__ import annotations

import typer
from rich.console import Console

from pocdeploy.cli import needs, operations
from pocdeploy.cli.commands.validate import context_of
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import stack_file
from pocdeploy.diagnostics import status as report_of_cluster
from pocdeploy.diagnostics.status import StackStatus
from pocdeploy.errors import ExitCode
from pocdeploy.processes import report


def status(context: typer.Context, stack: Stack = "dev") -> None:
    """Show how the stack is, on one screen.

    Address, health, image and commit, database, last backup, alerts. Ends with 1 if an application does not serve.
    """
    cli: CliContext = context.obj
    found = _status(cli, stack)
    if cli.json:
        typer.echo(report_of_cluster.as_json(found))
    else:
        report_of_cluster.show(found, Console(soft_wrap=True, highlight=False))
    raise typer.Exit(ExitCode.OK if found.is_good else ExitCode.FAILED)


def _status(cli: CliContext, stack: str) -> StackStatus:
    if (processes := operations.as_processes(cli, stack)) is not None:
        return report.status(processes)
    needs.provide(cli, "status", stack)
    with stack_file.without_salt(cli.stack_file(stack)):
        return report_of_cluster.of_cluster(context_of(cli, stack))
