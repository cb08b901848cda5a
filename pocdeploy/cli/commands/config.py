"""Show the settings of an application."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import AppSettings, defaults
from pocdeploy.config.frameworks import own_files
from pocdeploy.config.origins import DEFAULT, resolved
from pocdeploy.source import build_context, resolve


def config(
    context: typer.Context,
    app: Annotated[str, typer.Argument(envvar="APP", help="Application, as in pocdeploy:apps.")] = defaults.APP,
    stack: Stack = "dev",
) -> None:
    """Show the settings of an application with their origins.

    An origin is default, the framework, the Procfile, the source, or the stack's file. Secrets are masked.
    """
    cli: CliContext = context.obj
    found = resolved(cli.root, stack, app, lambda name, settings: _completed(cli.root, name, settings))
    if cli.json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2))
        return
    table = Table("setting", "value", "from", box=None, pad_edge=False, header_style="bold")
    for each in found:
        style = "dim" if each.origin == DEFAULT else ""
        value = each.value if isinstance(each.value, str) else json.dumps(each.value)
        table.add_row(Text(each.key, style), Text(value, style, overflow="fold"), Text(each.origin, style))
    Console(width=None if Console().is_terminal else 200).print(table)


def _completed(root: Path, name: str, app: AppSettings) -> AppSettings:
    """Return the settings with what the patched source says, as `up` completes them; raises PatchError."""
    source = root / str(app.path)
    if not source.is_dir():
        return app
    with tempfile.TemporaryDirectory(prefix="pocdeploy-config-") as folder:
        tree = Path(folder) / name
        build_context.prepare(
            source,
            tree,
            patches=root / app.patches if app.patches else None,
            own_files=own_files(app.framework, source / (app.context or "")),
            context=app.context,
        )
        return resolve.resolve(name, app, tree).app
