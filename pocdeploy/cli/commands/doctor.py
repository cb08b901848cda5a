"""Check this machine."""

from __future__ import annotations

import typer
from rich.console import Console

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.diagnostics import doctor as checks
from pocdeploy.diagnostics.result import as_json, exit_code, show


def doctor(context: typer.Context, stack: Stack = "dev") -> None:
    """Check this machine: tools, Docker, memory, ports.

    Nothing is changed. Ends with 1 if a check fails; warnings do not count.
    """
    cli: CliContext = context.obj
    needed = needs.of(cli, "up", stack)
    with cli.progress.step("checking this machine"):
        results = checks.examine(cli.root, stack, tools=needs.tools(needed), docker=needs.DOCKER in needed)
    if cli.json:
        typer.echo(as_json(results, stack=stack))
    else:
        show(results, Console(), all_of_them=not cli.quiet)
    raise typer.Exit(exit_code(results))
