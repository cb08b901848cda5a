"""Comment on a pull request about a preview."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pocdeploy.cli.context import Stack
from pocdeploy.pull_requests import comments, preview_comment, preview_parser


def pr_comment(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Output of pulumi preview --json; - for stdin.")],
    stack: Stack = "dev",
    commit: Annotated[str, typer.Option(envvar="COMMIT", help="Commit that was previewed.")] = "",
    output: Annotated[Path | None, typer.Option(help="Write the Markdown into this file instead.")] = None,
    to: Annotated[
        Literal["github", "gitlab"] | None, typer.Option(help="Send it to the pull request, in place of an older one.")
    ] = None,
    number: Annotated[int, typer.Option(envvar="PR", help="Number of the pull request.")] = 0,
    strict: Annotated[bool, typer.Option(help="End with 1 if the preview failed.")] = False,  # noqa: FBT002
) -> None:
    """Write the comment about a preview for a pull request.

    It has changes, dangers, policy violations, and the whole diff.
    """
    preview = preview_parser.read(sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    text = preview_comment.comment(preview, stack=stack, commit=commit)
    if output is None and to is None:
        typer.echo(text, nl=False)
    if output is not None:
        output.write_text(text, "utf-8")
    if to is not None:
        forge = (comments.github if to == "github" else comments.gitlab)(os.environ, number)
        context.obj.log(f"Comment on #{number}: {comments.upsert(forge, text)}")
    if strict and preview.failed:
        raise typer.Exit(1)
