"""Validate: is everything that was deployed well, seen from outside in? And mend what can be mended without risk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from pocdeploy.console import Progress, WaitError
from pocdeploy.diagnostics.result import CheckResult, Severity, fail, warn
from pocdeploy.diagnostics.validate import database, drift, pages, prometheus, secrets, workloads
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.errors import PocdeployError

__all__ = ["CHECKS", "Subject", "examine", "mend"]

Check = Callable[[ValidationContext], Iterator[CheckResult]]
CHECKS: dict[str, Check] = {
    "url": pages.pages,
    "tls": pages.certificates_served,
    "static": pages.static_files,
    "admin": pages.administration,
    "database": database.databases,
    "jobs": workloads.jobs,
    "targets": prometheus.targets,
    "alerts": prometheus.alerts,
    "nodes": workloads.nodes,
    "pods": workloads.pods,
    "images": drift.images,
    "budgets": workloads.budgets,
    "autoscaler": workloads.autoscalers,
    "certificates": secrets.certificates,
    "secrets": secrets.ages,
    "drift": drift.drift,
}
"""Name -> check, from outside in."""
SETTLE = 240.0
"""Seconds that what was mended may take until it is well."""


def examine(subject: ValidationContext, progress: Progress, *, only: Collection[str] = ()) -> list[CheckResult]:
    """Run the checks, all or ``only`` these; give what they found. A check that cannot be made counts as failed."""
    outcomes = [warn("paused", f"{app} is paused", fix=f"make wake STACK={subject.stack}") for app in subject.paused]
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        with progress.step(name):
            outcomes += _run(name, check, subject)
    return outcomes


def _run(name: str, check: Check, subject: ValidationContext) -> list[CheckResult]:
    try:
        return list(check(subject))
    except PocdeployError as error:
        return [fail(name, f"cannot be looked at: {error.findings[0].what}", fix=error.findings[0].fix)]


def repair(
    outcomes: list[CheckResult], look_again: Callable[[Collection[str]], list[CheckResult]], progress: Progress
) -> list[str]:
    """Mend what can be mended without risk, and wait until it is well; give what was done, a sentence each.

    Args:
        outcomes: what the checks found.
        look_again: runs the checks of these names once more.
        progress: shows the steps.
    """
    done: list[str] = []
    repairs = [outcome for outcome in outcomes if outcome.repair]
    # With nodes down most else is a consequence; it is looked at again when they are up.
    first = [outcome for outcome in repairs if outcome.check == "nodes"]
    for group in (first, [] if first else repairs):
        done += [outcome.repair() for outcome in group if outcome.repair]
    if first:
        again = look_again([name for name in CHECKS if name not in {"nodes", "drift"}])
        done += [outcome.repair() for outcome in again if outcome.repair]
    names = {outcome.check for outcome in repairs}
    if done:
        with progress.step("mending") as step:
            try:
                progress.until(step, lambda: _still_bad(look_again(names)), timeout=SETTLE, pause=3.0)
            except WaitError:
                done.append("but it is not well yet")
    return done


def _still_bad(outcomes: list[CheckResult]) -> str | None:
    bad = [outcome for outcome in outcomes if outcome.severity is Severity.FAIL]
    return bad[0].what if bad else None
