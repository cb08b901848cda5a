"""Write a preview into a file, for the comment on a pull request."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.commands import policies
from pocdeploy.cli.context import App, CliContext, Stack, Yes
from pocdeploy.config import defaults
from pocdeploy.errors import PocdeployError

CONTEXT_SETTINGS = operations.PASS_ON


def preview_json(
    context: typer.Context,
    stack: Stack = "dev",
    name: App = defaults.APP,
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Write a preview with policies into a file, as JSON.

    The file is .pocdeploy/preview-<stack>.jsonl; pr-comment reads it. Also a preview that fails is written, and the
    command ends with 0. Options that pocdeploy does not know go to Pulumi.
    """
    write_preview(context.obj, stack, name, *context.args, yes=yes)


def preview_file(root: Path, stack: str) -> Path:
    """Return the file for the preview of ``stack``."""
    return root / ".pocdeploy" / f"preview-{stack.rpartition('/')[2]}.jsonl"


def write_preview(cli: CliContext, stack: str, app: str, *arguments: str, yes: bool) -> None:
    """Write the preview of ``stack`` with the policies into its file; raise typer.Exit if there is nothing to write."""
    if code := operations.keep_image(cli, stack, app):
        raise typer.Exit(code)
    policies.install_pack(cli)
    file = preview_file(cli.root, stack)
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8") as output:
        try:
            operations.preview(
                replace(cli, json=True, quiet=True),
                stack,
                *("--policy-pack", "policies", *arguments),
                yes=yes,
                stdout=output,
                # One event a line; without it the CLI leaves the policies out.
                PULUMI_ENABLE_STREAMING_JSON_PREVIEW="true",
            )
        except PocdeployError as error:
            cli.log(str(error))
            json.dump(error.plain(), output)
    if not file.stat().st_size:
        cli.log(f"{file}: Pulumi wrote no preview; see its messages above")
        raise typer.Exit(1)
