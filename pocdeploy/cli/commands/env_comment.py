"""Comment on a pull request about its environment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Commit, Number, Stack, input_text
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.pull_requests import comments, environment_comment


def env_comment(
    context: typer.Context,
    validation: Annotated[Path | None, typer.Argument(help="Output of pocdeploy validate --json; - for stdin.")] = None,
    stack: Stack = "dev",
    number: Number = 0,
    commit: Commit = "",
    removed: Annotated[bool, typer.Option(help="Write that the environment was removed.")] = False,  # noqa: FBT002
    failed: Annotated[bool, typer.Option(help="Write that the deployment failed.")] = False,  # noqa: FBT002
    to_github: Annotated[bool, typer.Option(help="Send it to the pull request.")] = False,  # noqa: FBT002
    strict: Annotated[bool, typer.Option(help="End with 1 unless all checks passed.")] = False,  # noqa: FBT002
) -> None:
    """Write the comment about a pull request's environment.

    It has the address, the state, and the table of validate.
    """
    cli: CliContext = context.obj
    checks: dict[str, Any] = {}
    if validation is not None:
        given = input_text(validation)
        checks = _checks(given, str(validation)) if given.strip() else {}
    outputs = {} if removed else deployed(cli, stack)
    text = environment_comment.comment(
        stack, outputs=outputs, checks=checks, commit=commit, removed=removed, failed=failed
    )
    if to_github:
        send(cli, number, text)
    else:
        typer.echo(text, nl=False)
    if strict and not environment_comment.is_well(checks):
        raise typer.Exit(1)


def _checks(text: str, name: str) -> dict[str, Any]:
    """Return the output of `validate --json`; raises PreflightError for other text."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    finding = Finding(
        where=name,
        what="this is not the output of `pocdeploy --json validate`",
        actual=text.strip().splitlines()[0][:80],
        expected="a JSON object",
        fix=f"pocdeploy --json validate >{name}",
    )
    raise PreflightError([finding])


def deployed(cli: CliContext, stack: str) -> dict[str, Any]:
    """Return the outputs of ``stack``; an empty dict if it does not exist."""
    needs.provide(cli, "env-comment", stack)
    shown = cli.pulumi.capture("stack", "output", "--json", "--stack", stack)
    return dict(json.loads(shown.stdout)) if shown.code == 0 else {}


def send(cli: CliContext, number: int, text: str) -> None:
    """Create or update the comment on pull request ``number``."""
    cli.log(f"Comment on #{number}: {comments.upsert(comments.github(os.environ, number), text)}")
