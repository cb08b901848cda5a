"""Steps of ``up`` before Pulumi: check the machine, forget deleted clusters, restart what is stopped or paused."""

from __future__ import annotations

import json
import tempfile
from typing import Any

from pocdeploy.cli.context import CliContext
from pocdeploy.config.local_cluster import local_cluster
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.result import Severity, to_finding
from pocdeploy.docker import containers
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.client import ApiError, from_kubeconfig
from pocdeploy.stacks import hibernate, resume
from pocdeploy.stacks.pulumi import NoStackError
from pocdeploy.stacks.state_repair import find_missing, prune_state


def check_machine(cli: CliContext, stack: str) -> None:
    """Show the warnings of doctor, a line each; raise PreflightError with all of its failures."""
    results = doctor.before_up(cli.root, stack)
    for result in results:
        # Stopped nodes are restarted below.
        if result.severity is Severity.WARN and not (result.fix or "").startswith("make resume"):
            cli.log(f"warn  {result.check}: {result.what}   ({result.fix or result.why})")
    if findings := [to_finding(result) for result in doctor.failed(results)]:
        raise PreflightError(findings)


def forget_deleted_clusters(cli: CliContext, stack: str, state: dict[str, Any], *, preview: bool) -> dict[str, Any]:
    """Report clusters and registries that were deleted outside of Pulumi; return the exported state without them.

    Unless it is for a ``preview``, write that state, so that Pulumi recreates them. A preview gets ``state`` as it is.
    """
    known = containers.listed()
    if known is None:
        return state
    names = {container.name for container in known}
    missing = find_missing(state.get("deployment") or {}, names.__contains__)
    for resource in missing:
        cli.log(f"{resource.what}, when `up` is run; below are only the other changes" if preview else resource.what)
    if preview or not missing:
        return state
    pruned = prune_state(state, missing)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(pruned, file)
        file.flush()
        imported = cli.pulumi.capture("stack", "import", "--stack", stack, "--file", file.name)
    if imported.code:
        what = "deleted resources could not be removed from the state"
        fix = f"make down STACK={stack}"
        finding = Finding(where=f"stack {stack}", what=what, actual=imported.stderr.strip()[-300:], fix=fix)
        raise PreflightError([finding])
    return pruned


def restart_stopped(cli: CliContext, stack: str) -> None:
    """Start stopped containers of the stack and end its pause: Pulumi cannot work with either."""
    settings = cli.settings(stack)
    local = local_cluster(settings)
    try:
        if local is None:
            api = cli.cluster(stack)
        elif local.control_plane in {container.name for container in containers.listed() or ()}:
            api = from_kubeconfig(cli.root / local.folder / "kubeconfig", stack=stack)
        else:
            return  # Pulumi is about to create it
        if local is not None and (names := resume.stopped(local)):
            cli.log(f"Stopped: {', '.join(names)}. They are started first")
            resume.resume(settings, lambda: api, cli.progress)
        if woken := hibernate.wake(api, settings):
            cli.log(f"The stack was paused: {'; '.join(woken)}")
            resume.resume(settings, lambda: api, cli.progress)
    except (NoStackError, ApiError) as error:
        # An interrupted first run has a cluster with nothing in it; anything else Pulumi reports better.
        if cli.verbose:
            cli.log(str(error))
