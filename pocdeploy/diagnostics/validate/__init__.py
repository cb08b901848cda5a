"""Validate: check a deployed stack from outside in, and repair what can be repaired without risk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from pocdeploy.console import Progress, WaitError
from pocdeploy.diagnostics.result import CheckResult, Severity, fail, warn
from pocdeploy.diagnostics.validate import backups, database, drift, pages, prometheus, secrets, settings, workloads
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.errors import PocdeployError

__all__ = ["CHECKS", "ValidationContext", "examine", "repair"]

Check = Callable[[ValidationContext], Iterator[CheckResult]]
CHECKS: dict[str, Check] = {
    "url": pages.pages,
    "tls": pages.certificates_served,
    "static": pages.static_files,
    "admin": pages.administration,
    "database": database.databases,
    "backups": backups.backups,
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
    "settings": settings.settings,
    "drift": drift.drift,
}
"""Name -> check, from outside in."""
REPAIR_TIMEOUT = 240.0
"""Seconds until what was repaired must pass its check."""


def examine(context: ValidationContext, progress: Progress, *, only: Collection[str] = ()) -> list[CheckResult]:
    """Run all checks, or ``only`` these, and return their results. A check that raises an error has failed."""
    results = [warn("paused", f"{app} is paused", fix=f"make wake STACK={context.stack}") for app in context.paused]
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        with progress.step(name):
            results += _run(name, check, context)
    return results


def _run(name: str, check: Check, context: ValidationContext) -> list[CheckResult]:
    try:
        return list(check(context))
    except PocdeployError as error:
        return [fail(name, f"check not possible: {error.findings[0].what}", fix=error.findings[0].fix)]


def repair(
    results: list[CheckResult], check_again: Callable[[Collection[str]], list[CheckResult]], progress: Progress
) -> list[str]:
    """Repair what can be repaired without risk, and wait until it passes its check; return a sentence for each repair.

    Args:
        results: results of the checks.
        check_again: runs the checks of these names once more.
        progress: shows the steps.
    """
    done: list[str] = []
    repairable = [result for result in results if result.repair]
    # Most other failures are a consequence of stopped nodes; these checks run again when the nodes are up.
    nodes = [result for result in repairable if result.check == "nodes"]
    done += [result.repair() for result in nodes or repairable if result.repair]
    if nodes:
        again = check_again([name for name in CHECKS if name not in {"nodes", "drift"}])
        done += [result.repair() for result in again if result.repair]
    if done:
        names = {result.check for result in repairable}
        with progress.step("repairing") as step:
            try:
                progress.until(step, lambda: _first_failure(check_again(names)), timeout=REPAIR_TIMEOUT, pause=3.0)
            except WaitError:
                done.append(f"not all repaired checks pass after {REPAIR_TIMEOUT:.0f} s")
    return done


def _first_failure(results: list[CheckResult]) -> str | None:
    return next((result.what for result in results if result.severity is Severity.FAIL), None)
