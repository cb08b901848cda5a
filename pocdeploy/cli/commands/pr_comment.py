"""Comment on a pull request about a preview."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from pocdeploy.cli.commands.preview_json import preview_file
from pocdeploy.cli.context import CliContext, Commit, Number, Stack, input_text
from pocdeploy.pull_requests import comments, preview_comment, preview_parser

Forge = Literal["github", "gitlab"]


def pr_comment(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Output of pulumi preview --json; - for stdin; default: that of preview-json.")
    ] = None,
    stack: Stack = "dev",
    commit: Commit = "",
    output: Annotated[Path | None, typer.Option(help="Write the Markdown into this file instead.")] = None,
    to: Annotated[Forge | None, typer.Option(help="Send it to the pull request, in place of an older one.")] = None,
    number: Number = 0,
    strict: Annotated[bool, typer.Option(help="End with 1 if the preview failed.")] = False,  # noqa: FBT002
) -> None:
    """Write the comment about a preview for a pull request.

    It has changes, dangers, policy violations, and the whole diff.
    """
    cli: CliContext = context.obj
    file = file or preview_file(cli.root, stack)
    preview = preview_parser.read(input_text(file))
    text = preview_comment.comment(preview, stack=stack, commit=commit)
    if output is None and to is None:
        typer.echo(text, nl=False)
    if output is not None:
        output.write_text(text, "utf-8")
    if to is not None:
        forge = (comments.github if to == "github" else comments.gitlab)(os.environ, number)
        cli.log(f"Comment on #{number}: {comments.upsert(forge, text)}")
    if strict and preview.failed:
        raise typer.Exit(1)
