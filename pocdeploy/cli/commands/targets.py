"""Check the scrape targets of Prometheus."""

from __future__ import annotations

import dataclasses
import json

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.diagnostics.validate.prometheus import Target, find_targets, not_up, summary

STYLES = {"up": "green", "down": "red", "missing": "red", "unknown": "yellow"}


def targets(context: typer.Context, stack: Stack = "dev") -> None:
    """Check that Prometheus reaches all its scrape targets.

    Ends with 1 unless every target is up, and every monitor has one.
    """
    cli: CliContext = context.obj
    needs.provide(cli, "targets", stack)
    found = find_targets(cli.cluster(stack), cli.settings(stack).monitoring.namespace)
    if cli.json:
        typer.echo(json.dumps([dataclasses.asdict(target) for target in found], indent=2))
    else:
        show(found, Console())
    raise typer.Exit(1 if not_up(found) or not found else 0)


def show(found: list[Target], console: Console) -> None:
    """Print a table, and a summary below it."""
    table = Table("state", "job", "where", "last error", box=None, header_style="bold", pad_edge=False)
    for target in found:
        table.add_row(Text(target.state, STYLES[target.state]), *map(Text, (target.job, target.where, target.error)))
    if found:
        console.print(table)
    console.print(summary(found), style="red" if not_up(found) else "green", highlight=False)
