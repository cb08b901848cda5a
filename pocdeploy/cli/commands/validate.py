"""``pocdeploy validate``: is everything that was deployed well?"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Annotated

import typer
from rich.console import Console

from pocdeploy import process
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import stack_salt
from pocdeploy.config.local_cluster import local_cluster
from pocdeploy.console import Progress
from pocdeploy.diagnostics import validate as checks
from pocdeploy.diagnostics.result import CheckResult, as_json, exit_code, show
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.diagnostics.validate.http import fetch
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.client import ApiError
from pocdeploy.stacks import hibernate, resume
from pocdeploy.toolchain import install

Fix = Annotated[bool, typer.Option("--fix", help="Mend what can be mended without risk, and say what was done.")]
Strict = Annotated[bool, typer.Option("--strict", help="Let a warning count as a failure.")]
Only = Annotated[list[str] | None, typer.Option("--only", help=f"Only this check: {', '.join(checks.CHECKS)}.")]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(validate)


def validate(
    context: typer.Context,
    stack: Stack = "dev",
    fix: Fix = False,  # noqa: FBT002
    strict: Strict = False,  # noqa: FBT002
    only: Only = None,
) -> None:
    """Check everything from outside in: page, database, targets, pods, drift. Ends with 1 if something fails."""
    session: CliContext = context.obj
    unknown = sorted(set(only or ()) - checks.CHECKS.keys())
    if unknown:
        accepted = ", ".join(checks.CHECKS)
        raise PreflightError([Finding(where="--only", what=f"there is no {', '.join(unknown)}", expected=accepted)])
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    with stack_salt.without_salt(session.stack_file(stack)):
        subject = _subject(session, stack)
        outcomes = checks.examine(subject, session.progress, only=only or ())
        done: list[str] = []
        if fix and any(outcome.repair for outcome in outcomes):

            def look_again(names: Collection[str]) -> list[CheckResult]:
                return checks.examine(_subject(session, stack), Progress(quiet=True), only=names)

            done = checks.repair(outcomes, look_again, session.progress)
            outcomes = checks.examine(_subject(session, stack), session.progress, only=only or ())
    if session.json:
        typer.echo(as_json(outcomes, stack=stack, done=done))
    else:
        for line in done:
            typer.echo(f"fixed: {line}")
        show(outcomes, Console(), all_of_them=not session.quiet)
    raise typer.Exit(exit_code(outcomes, strict=strict))


def _subject(session: CliContext, stack: str) -> ValidationContext:
    settings, outputs = session.settings(stack), session.outputs(stack)
    api = session.cluster_of(outputs)
    try:
        paused = frozenset(hibernate.paused_apps(api, settings))
    except ApiError:  # each check says that it cannot be asked
        paused = frozenset()
    return ValidationContext(
        stack=stack,
        settings=settings,
        outputs=outputs,
        api=api,
        fetch=fetch,
        run=process.run,
        pulumi=session.capture_pulumi,
        local=local_cluster(settings),
        resume=lambda: resume.resume(settings, lambda: api, session.progress),
        paused=paused,
        now=time.time,
    )
