"""`sweep`: remove the environments of pull requests that nobody needs any more."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_salt
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.pull_requests import cleanup as rules
from pocdeploy.pull_requests import comments, environment_comment
from pocdeploy.toolchain import install


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sweep")(sweep)


def sweep(
    context: typer.Context,
    ttl: Annotated[int, typer.Option(envvar="TTL", min=1, help="Hours since the last push.")] = 72,
    remove: Annotated[bool, typer.Option(help="Remove them; otherwise only say which.")] = False,  # noqa: FBT002
) -> None:
    """Find stacks pr-<number> whose pull request is closed, or was not pushed to for long; the label keep keeps one."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    listed = session.capture_pulumi("stack", "ls", "--json")
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
    verdicts = rules.decide(
        found, rules.requests(answers, pushed), now=datetime.now(UTC), time_to_live=timedelta(hours=ttl)
    )
    failed = 0
    for verdict in verdicts:
        typer.echo(f"{verdict.stack}: {'remove' if verdict.remove else 'keep'} ({verdict.why})")
        if verdict.remove and remove:
            code = _remove(session, verdict.stack)
            failed += code != 0
            if code == 0:
                _say_so(session, verdict.stack)
    if failed:
        raise typer.Exit(1)


def _remove(session: CliContext, stack: str) -> int:
    with stack_salt.without_salt(session.stack_file(stack)):
        session.recover(stack)
        code = session.run_operation("destroy", stack, "--yes")
        remove = ("stack", "rm", "--yes", "--preserve-config", "--remove-backups", "--stack", stack)
        return code or session.pulumi(*remove)


def _say_so(session: CliContext, stack: str) -> None:
    """Put onto the pull request that its environment is gone; what was removed stays so if that is refused."""
    text = environment_comment.comment(stack, outputs={}, checks={}, removed=True)
    try:
        comments.upsert(comments.github(os.environ, rules.Environment(stack=stack).number), text)
    except PreflightError as error:
        for finding in error.findings:
            session.log(str(finding))
