"""Steps of ``up`` before Pulumi: check the machine, forget deleted clusters, restart what is stopped or paused."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from typing import Any

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext
from pocdeploy.cli.needs import Need
from pocdeploy.config.local_cluster import local_cluster
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.result import CheckResult, Severity, to_finding
from pocdeploy.docker import containers, engine
from pocdeploy.errors import Finding, PreflightError, SettingsError
from pocdeploy.kube.client import ApiError, from_kubeconfig
from pocdeploy.preflight.checks import CONFIGURATION, DOWNLOAD
from pocdeploy.stacks import hibernate, resume
from pocdeploy.stacks.pulumi import NoStackError
from pocdeploy.stacks.state_repair import find_missing, prune_state
from pocdeploy.toolchain import install

MOST_DOWNLOADS = 3
"""Downloads that are shown one by one."""


class NotReadyError(PreflightError):
    """Checks of doctor failed; nothing was installed, built or created."""

    def __init__(self, results: Sequence[CheckResult], stack: str) -> None:
        self.stack = stack
        self.is_about_kubernetes = any(result.check in {doctor.ENGINE, DOWNLOAD} for result in results)
        super().__init__(_condensed([*results], stack))

    def __str__(self) -> str:
        last = f"Check again, in seconds: make doctor STACK={self.stack}"
        if self.is_about_kubernetes:
            last = f"The application without Docker and downloads: make dev STACK={self.stack}"
        return f"{super().__str__()}\n{last}"


def check_machine(
    cli: CliContext, stack: str, needed: frozenset[Need], *, yes: bool = False, preview: bool = False
) -> None:
    """Check all that ``up`` needs as doctor does, before anything is installed or built: a matter of seconds.

    A Docker that is the only problem, because it is stopped, is started if a person or ``yes`` agrees. Warnings are
    shown, a line each. Raises SettingsError if only the configuration is wrong, else NotReadyError with all problems.
    """
    results = _examine(cli, stack, needed, preview=preview)
    found = doctor.failed(results)
    if [result.check for result in found] == [doctor.ENGINE]:
        engine.check_docker(assume_yes=yes, log=cli.log)  # or it raises the same problem
        results = _examine(cli, stack, needed, preview=preview)
        found = doctor.failed(results)
    for result in results:
        # Stopped nodes are restarted below, missing tools are installed.
        done_by_up = (result.fix or "").startswith("make resume") or result.check in install.TOOLS
        if result.severity is Severity.WARN and not done_by_up:
            cli.log(f"warn  {result.check}: {result.what}   ({result.fix or result.why})")
    if found and all(result.check == CONFIGURATION for result in found):
        raise SettingsError([to_finding(result) for result in found])
    if found:
        raise NotReadyError(found, stack)


def _examine(cli: CliContext, stack: str, needed: frozenset[Need], *, preview: bool) -> list[CheckResult]:
    return doctor.examine(
        cli.root,
        stack,
        tools=needs.tools(needed),
        docker=needs.DOCKER in needed,
        preview=preview,
        # A deleted cluster of the stack itself is reported and recreated below.
        except_stack=stack.rpartition("/")[2],
    )


def _condensed(results: Sequence[CheckResult], stack: str) -> list[Finding]:
    """Return the results as findings; many downloads are one, so that all problems are on one screen."""
    downloads = [result for result in results if result.check == DOWNLOAD]
    if len(downloads) <= MOST_DOWNLOADS:
        return [to_finding(result) for result in results]
    others = [to_finding(result) for result in results if result.check != DOWNLOAD]
    hosts = sorted({match for result in downloads for match in re.findall(r"https?://([^/\s]+)", result.what)})
    return [
        *others,
        Finding(
            where="downloads",
            what=f"{len(downloads)} files or images are neither here nor reachable",
            actual=f"no useful answer from {', '.join(hosts)}",
            expected="a connection to these hosts, or the files that docs/airgapped.md lists",
            fix=f"make doctor STACK={stack}   (shows each with its reason and its fix)",
        ),
    ]


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
