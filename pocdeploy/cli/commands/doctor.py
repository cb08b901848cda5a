"""``pocdeploy doctor``: is this machine fit for the stack, and what is in the way?"""

from __future__ import annotations

import typer
from rich.console import Console

from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.diagnostics import doctor as checks
from pocdeploy.diagnostics.result import as_json, exit_code, show


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(doctor)


def doctor(context: typer.Context, stack: Stack = "dev") -> None:
    """Check this machine before anything is touched. Ends with 1 if something is in the way, warnings do not count."""
    session: CliContext = context.obj
    with session.progress.step("looking at this machine"):
        outcomes = checks.examine(session.root, stack)
    if session.json:
        typer.echo(as_json(outcomes, stack=stack))
    else:
        show(outcomes, Console(), all_of_them=not session.quiet)
    raise typer.Exit(exit_code(outcomes))
