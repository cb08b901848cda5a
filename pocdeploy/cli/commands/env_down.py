"""Remove the environment of a pull request."""

from __future__ import annotations

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.commands import env_comment
from pocdeploy.cli.context import CliContext, Number, Stack, Yes
from pocdeploy.pull_requests import environment_comment

CONTEXT_SETTINGS = operations.PASS_ON


def env_down(
    context: typer.Context,
    stack: Stack = "dev",
    number: Number = 0,
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Remove a pull request's environment, and comment on it.

    It is not confirmed: an environment has only example data. Options that pocdeploy does not know go to Pulumi.
    """
    cli: CliContext = context.obj
    if code := operations.down(cli, stack, *context.args, yes=yes, confirmed=True, backup=False):
        raise typer.Exit(code)
    env_comment.send(cli, number, environment_comment.comment(stack, outputs={}, checks={}, removed=True))
