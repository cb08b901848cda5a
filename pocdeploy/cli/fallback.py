"""Decide whether a stack whose settings allow it runs as processes: where no cluster is possible on this machine."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_file
from pocdeploy.config.processes import PROCESSES, ProcessesSettings
from pocdeploy.docker import engine
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight import checks as preflight_checks
from pocdeploy.stacks import lock_recovery, project


def why_no_cluster(cli: CliContext, stack: str, *, yes: bool) -> str | None:
    """Return why no cluster is possible for a stack with ``cluster.fallback``; None for all other stacks.

    A stack that Pulumi has deployed does not fall back: beside its own data it would show an empty application. Raises
    SettingsError.
    """
    written = (stack_file.config(cli.root, stack) or {}).get("pocdeploy:cluster")
    if not isinstance(written, dict) or written.get("fallback") != PROCESSES or _pulumi_state(cli, stack) is not None:
        return None
    settings = cli.settings(stack)
    try:
        engine.check_docker(assume_yes=yes, log=cli.log)
    except PreflightError as error:
        return f"no container engine answers ({_short(error.findings[0])})"
    if missing := preflight_checks.missing_images(settings, cli.root):
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        return f"no image can be had ({_short(missing[0])}{more})"
    return None


def why_processes(cli: CliContext, stack: str) -> str:
    """Return why a stack runs as processes; raise PreflightError if its settings do not say so, or Pulumi has it."""
    cluster = cli.settings(stack).cluster
    if isinstance(cluster, ProcessesSettings):
        if (state := _pulumi_state(cli, stack)) is not None:
            what = f"stack {stack} is deployed on Kubernetes, and its type is {PROCESSES} now"
            expected = "another stack, or the former type until `make down` has removed the cluster"
            raise PreflightError(
                [Finding(where="pocdeploy:cluster.type", what=what, actual=str(state), expected=expected)]
            )
        return f"its type is {PROCESSES}"
    if getattr(cluster, "fallback", None) != PROCESSES:
        what = f"stack {stack} runs as processes of this machine, and its type is {cluster.type} now"
        raise PreflightError([Finding(where="pocdeploy:cluster.type", what=what, fix=f"make down STACK={stack}")])
    return "it fell back to processes earlier, and stays so until make down"


def _pulumi_state(cli: CliContext, stack: str) -> Path | None:
    """Return the file with the state of a stack that Pulumi has; a state elsewhere counts as none."""
    state = lock_recovery.state_folder(cli.pulumi.environment().get("PULUMI_BACKEND_URL", ""), cli.root)
    name = stack.rpartition("/")[2]
    file = state / ".pulumi" / "stacks" / project.NAME / f"{name}.json" if state else None
    return file if file and file.is_file() else None


def _short(finding: Finding) -> str:
    return f"{finding.where}: {finding.what}"
