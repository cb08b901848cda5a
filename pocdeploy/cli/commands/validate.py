"""Check what is deployed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import typer
from rich.console import Console

from pocdeploy.cli import needs, operations
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import stack_file
from pocdeploy.console import Progress
from pocdeploy.diagnostics import validate as checks
from pocdeploy.diagnostics.result import CheckResult, as_json, exit_code, show
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.client import ApiError
from pocdeploy.processes import report
from pocdeploy.stacks import hibernate, resume

Fix = Annotated[bool, typer.Option("--fix", help="Fix what can be fixed without risk.")]
Strict = Annotated[bool, typer.Option("--strict", help="Count warnings as failures.")]
Only = Annotated[list[str] | None, typer.Option("--only", help=f"Only this check: {', '.join(checks.CHECKS)}.")]


def validate(
    context: typer.Context,
    stack: Stack = "dev",
    fix: Fix = False,  # noqa: FBT002
    strict: Strict = False,  # noqa: FBT002
    only: Only = None,
) -> None:
    """Check what is deployed: page, database, pods, drift.

    Ends with 1 if a check fails.
    """
    cli: CliContext = context.obj
    unknown = sorted(set(only or ()) - checks.CHECKS.keys())
    if unknown:
        accepted = ", ".join(checks.CHECKS)
        raise PreflightError([Finding(where="--only", what=f"unknown check: {', '.join(unknown)}", expected=accepted)])
    results, done = check(cli, stack, only=only or (), fix=fix)
    if cli.json:
        typer.echo(as_json(results, stack=stack, done=done))
    else:
        for line in done:
            typer.echo(f"fixed: {line}")
        show(results, Console(), all_of_them=not cli.quiet)
    raise typer.Exit(exit_code(results, strict=strict))


def check(
    cli: CliContext, stack: str, *, only: Collection[str] = (), fix: bool = False
) -> tuple[list[CheckResult], list[str]]:
    """Run the checks of ``stack``, all or ``only`` these; return their results, and a sentence about each repair.

    With ``fix`` repair what can be repaired without risk, and check again.
    """
    if (found := operations.as_processes(cli, stack)) is not None:
        return [result for result in report.check(found) if not only or result.check in only], []
    needs.provide(cli, "validate", stack)
    with stack_file.without_salt(cli.stack_file(stack)):
        results = checks.examine(context_of(cli, stack), cli.progress, only=only)
        if not fix or not any(result.repair for result in results):
            return results, []

        def check_again(names: Collection[str]) -> list[CheckResult]:
            return checks.examine(context_of(cli, stack), Progress(quiet=True), only=names)

        done = checks.repair(results, check_again, cli.progress)
        return checks.examine(context_of(cli, stack), cli.progress, only=only), done


def context_of(cli: CliContext, stack: str) -> ValidationContext:
    """Return the deployed stack, for its checks; raises NoStackError, SettingsError or KubeconfigError."""
    settings, outputs = cli.settings(stack), cli.pulumi.outputs(stack)
    api = cli.cluster(stack, outputs)
    try:
        paused = frozenset(hibernate.paused_apps(api, settings))
    except ApiError:  # each check then reports it
        paused = frozenset()
    return ValidationContext(
        stack=stack,
        settings=settings,
        outputs=outputs,
        api=api,
        pulumi=cli.pulumi.capture,
        resume=lambda: resume.resume(settings, lambda: api, cli.progress),
        paused=paused,
    )
