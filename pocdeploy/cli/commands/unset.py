"""Remove settings from a stack file."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from pocdeploy import fixes
from pocdeploy.cli.commands import set as setting
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import edit
from pocdeploy.errors import Finding, PreflightError

Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY", help="A key; several are removed in one step.")]


def unset(context: typer.Context, names: Keys = None, stack: Stack = "dev") -> None:
    """Remove a setting from the stack file.

    The setting then has its default. Everything else in the file stays as it is.
    """
    cli: CliContext = context.obj
    given = names or [name for name in [os.environ.get("POCDEPLOY_KEY", "")] if name]
    if not given:
        fix = fixes.unset("cluster.httpPort")
        raise PreflightError([Finding(where="unset", what="no key", expected="KEY", fix=fix)])
    setting.apply(cli, stack, edit.Changes(removed=given))
