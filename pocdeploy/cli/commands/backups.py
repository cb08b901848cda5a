"""List the backups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import typer

from pocdeploy.cli import backups as shared
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.stacks.backups.archive import Archive, shown


def backups(context: typer.Context, stack: Stack = "dev") -> None:
    """List backups, and what can be restored."""
    cli: CliContext = context.obj
    _, found = shared.archives(cli, stack, None)
    if cli.json:
        rows = [_plain(asdict(archive)) for archive in found]
        typer.echo(json.dumps({"result": "ok", "stack": stack, "databases": rows}, indent=2))
        return
    for archive in found:
        for line in _lines(archive):
            typer.echo(line)


def _lines(archive: Archive) -> Iterator[str]:
    yield f"{archive.app}: {archive.path}"
    yield f"  can be restored: {archive.window}"
    if archive.last_failed:
        yield f"  last failure: {shown(archive.last_failed)}"
    for one in archive.backups:
        yield f"  {one.started}  {one.phase}  {one.name}{f'  {one.error}' if one.error else ''}"


def _plain(value: Any) -> Any:
    """Return a value of which every moment is text."""
    if isinstance(value, datetime):
        return shown(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
