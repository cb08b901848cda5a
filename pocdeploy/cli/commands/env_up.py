"""Deploy the environment of a pull request."""

from __future__ import annotations

import json
from typing import Any

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.commands import env_comment, seed, validate
from pocdeploy.cli.context import CliContext, Commit, Number, Stack, Yes
from pocdeploy.diagnostics.result import as_json
from pocdeploy.errors import PocdeployError, PreflightError
from pocdeploy.pull_requests import environment_comment

CONTEXT_SETTINGS = operations.PASS_ON


def env_up(
    context: typer.Context,
    stack: Stack = "dev",
    number: Number = 0,
    commit: Commit = "",
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Deploy a pull request's environment, and comment on it.

    Example data is added, and the comment has the results of validate. Changes that delete data are not confirmed.
    Ends with 1 unless all checks passed. Options that pocdeploy does not know go to Pulumi.
    """
    cli: CliContext = context.obj
    try:
        code = operations.up(cli, stack, *context.args, yes=yes, allow_data_loss=None)
        if code == 0:
            seed.seed_apps(cli, stack)
    except PocdeployError:
        _comment_failure(cli, stack, number, commit)
        raise
    if code:
        _comment_failure(cli, stack, number, commit)
        raise typer.Exit(code)
    checks = _checks(cli, stack)
    outputs = env_comment.deployed(cli, stack)
    text = environment_comment.comment(stack, outputs=outputs, checks=checks, commit=commit)
    env_comment.send(cli, number, text)
    raise typer.Exit(0 if environment_comment.is_well(checks) else 1)


def _checks(cli: CliContext, stack: str) -> dict[str, Any]:
    """Return what ``validate --json`` writes."""
    try:
        results, _ = validate.check(cli, stack)
        return dict(json.loads(as_json(results, stack=stack)))
    except PocdeployError as error:
        return error.plain()


def _comment_failure(cli: CliContext, stack: str, number: int, commit: str) -> None:
    """Comment that the deployment failed; only log it if that is not possible, so that its own error is shown."""
    try:
        outputs = env_comment.deployed(cli, stack)
        text = environment_comment.comment(stack, outputs=outputs, checks={}, commit=commit, failed=True)
        env_comment.send(cli, number, text)
    except PreflightError as error:
        cli.log(str(error))
