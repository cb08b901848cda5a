"""`env-comment`: what a pull request's environment is, where it is and how it does."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.pull_requests import comments, environment_comment
from pocdeploy.toolchain import install


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("env-comment")(env_comment)


def env_comment(
    context: typer.Context,
    validation: Annotated[
        Path | None, typer.Argument(help="What `pocdeploy --json validate` wrote; - for stdin.")
    ] = None,
    stack: Stack = "dev",
    number: Annotated[int, typer.Option(envvar="PR", help="Number of the pull request.")] = 0,
    commit: Annotated[str, typer.Option(envvar="COMMIT", help="Commit that runs there.")] = "",
    removed: Annotated[bool, typer.Option(help="The environment is gone.")] = False,  # noqa: FBT002
    failed: Annotated[bool, typer.Option(help="It could not be brought up to that commit.")] = False,  # noqa: FBT002
    to_github: Annotated[bool, typer.Option(help="Put it onto the pull request.")] = False,  # noqa: FBT002
    strict: Annotated[bool, typer.Option(help="End with 1 unless the checks found all well.")] = False,  # noqa: FBT002
) -> None:
    """Write the comment of a pull request's environment: address, state, and the table of `validate`."""
    session: CliContext = context.obj
    outputs: dict[str, Any] = {}
    checks: dict[str, Any] = {}
    if not removed:
        install.ensure(session.root, wanted=("pulumi",), log=session.log)
        shown = session.capture_pulumi("stack", "output", "--json", "--stack", stack)
        outputs = json.loads(shown.stdout) if shown.code == 0 else {}
    if validation is not None:
        text = sys.stdin.read() if str(validation) == "-" else validation.read_text("utf-8")
        checks = json.loads(text) if text.strip() else {}
    text = environment_comment.comment(
        stack, outputs=outputs, checks=checks, commit=commit, removed=removed, failed=failed
    )
    if to_github:
        session.log(f"Comment on #{number}: {comments.upsert(comments.github(os.environ, number), text)}")
    else:
        typer.echo(text, nl=False)
    if strict and not environment_comment.is_well(checks):
        raise typer.Exit(1)
