"""Remove unused environments of pull requests."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pocdeploy.cli import needs, operations
from pocdeploy.cli.context import CliContext
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.pull_requests import cleanup as rules
from pocdeploy.pull_requests import comments, environment_comment


def sweep(
    context: typer.Context,
    ttl: Annotated[int, typer.Option(envvar="TTL", min=1, help="Hours since the last push.")] = 72,
    remove: Annotated[bool, typer.Option(help="Remove them; otherwise only list them.")] = False,  # noqa: FBT002
) -> None:
    """List or remove unused environments of pull requests.

    An environment (stack pr-<number>) is unused if its pull request is closed or has no label env, or if the last push
    is too old. The label keep keeps one.
    """
    cli: CliContext = context.obj
    needs.provide(cli, "sweep")
    listed = cli.pulumi.capture("stack", "ls", "--json")
    if listed.code:
        finding = Finding(where="pulumi stack ls", what="the state cannot be read", actual=listed.stderr.strip()[-300:])
        raise PreflightError([finding])
    found = rules.environments(json.loads(listed.stdout))
    if not found:
        typer.echo("There are no environments of pull requests.")
        return
    call = comments.caller(forge := comments.github(os.environ, None))
    answers = comments.pages(call, f"{forge.repository}/pulls?state=open")
    wanted = {each.number for each in found}
    heads = [each["head"]["sha"] for each in answers if each["number"] in wanted]
    pushed = {
        sha: call("GET", f"{forge.repository}/commits/{sha}", None)["commit"]["committer"]["date"] for sha in heads
    }
    decisions = rules.decide(
        found, rules.requests(answers, pushed), now=datetime.now(UTC), time_to_live=timedelta(hours=ttl)
    )
    failed = 0
    for decision in decisions:
        typer.echo(f"{decision.stack}: {'remove' if decision.remove else 'keep'} ({decision.why})")
        if decision.remove and remove:
            code = operations.destroy(cli, decision.stack, confirmed=True)
            failed += code != 0
            if code == 0:
                _comment(cli, decision.stack)
    if failed:
        raise typer.Exit(1)


def _comment(cli: CliContext, stack: str) -> None:
    """Comment on the pull request that its environment was removed; only log it if that fails."""
    text = environment_comment.comment(stack, outputs={}, checks={}, removed=True)
    try:
        comments.upsert(comments.github(os.environ, rules.Environment(stack=stack).number), text)
    except PreflightError as error:
        for finding in error.findings:
            cli.log(str(finding))
