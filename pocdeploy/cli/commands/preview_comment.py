"""Preview a stack, and comment on a pull request about it."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy.cli.commands import pr_comment, preview_json
from pocdeploy.cli.context import App, CliContext, Commit, Number, Stack, Yes
from pocdeploy.config import defaults


def preview_comment(
    context: typer.Context,
    stack: Stack = "dev",
    name: App = defaults.APP,
    number: Number = 0,
    commit: Commit = "",
    to: Annotated[pr_comment.Forge, typer.Option(envvar="FORGE", help="Server of the pull request.")] = "github",
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Preview, and comment on the pull request.

    Ends with 1 if the preview failed.
    """
    cli: CliContext = context.obj
    preview_json.write_preview(cli, stack, name, yes=yes)
    file = preview_json.preview_file(cli.root, stack)
    pr_comment.pr_comment(context, file, stack=stack, commit=commit, to=to, number=number, strict=True)
