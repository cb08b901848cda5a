"""``pocdeploy validate``: is everything that was deployed well?"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Annotated

import typer
from rich.console import Console

from pocdeploy import commands, pause, resume, stackfile, tools
from pocdeploy import validate as checks
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube import ApiError
from pocdeploy.outcome import Outcome, as_json, exit_code, show
from pocdeploy.progress import Progress
from pocdeploy.session import Session, Stack
from pocdeploy.settings.local import local_cluster
from pocdeploy.validate.fetch import fetch
from pocdeploy.validate.subject import Subject

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
    session: Session = context.obj
    unknown = sorted(set(only or ()) - checks.CHECKS.keys())
    if unknown:
        accepted = ", ".join(checks.CHECKS)
        raise PreflightError([Finding(where="--only", what=f"there is no {', '.join(unknown)}", accepted=accepted)])
    tools.ensure(session.root, wanted=("pulumi",), log=session.log)
    with stackfile.without_salt(session.stack_file(stack)):
        subject = _subject(session, stack)
        outcomes = checks.examine(subject, session.progress, only=only or ())
        done: list[str] = []
        if fix and any(outcome.repair for outcome in outcomes):

            def look_again(names: Collection[str]) -> list[Outcome]:
                return checks.examine(_subject(session, stack), Progress(quiet=True), only=names)

            done = checks.mend(outcomes, look_again, session.progress)
            outcomes = checks.examine(_subject(session, stack), session.progress, only=only or ())
    if session.json:
        typer.echo(as_json(outcomes, stack=stack, done=done))
    else:
        for line in done:
            typer.echo(f"fixed: {line}")
        show(outcomes, Console(), all_of_them=not session.quiet)
    raise typer.Exit(exit_code(outcomes, strict=strict))


def _subject(session: Session, stack: str) -> Subject:
    settings, outputs = session.settings(stack), session.outputs(stack)
    api = session.cluster_of(outputs)
    try:
        paused = frozenset(pause.paused_apps(api, settings))
    except ApiError:  # each check says that it cannot be asked
        paused = frozenset()
    return Subject(
        stack=stack,
        settings=settings,
        outputs=outputs,
        api=api,
        fetch=fetch,
        run=commands.run,
        pulumi=session.ask_pulumi,
        local=local_cluster(settings),
        resume=lambda: resume.resume(settings, lambda: api, session.progress),
        paused=paused,
        now=time.time,
    )
