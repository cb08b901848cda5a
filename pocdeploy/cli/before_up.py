"""What ``up`` does before Pulumi: ask doctor, notice what is gone, bring back what is stopped, wake what is paused."""

from __future__ import annotations

import json
import tempfile

from pocdeploy.cli.context import CliContext, NoStackError
from pocdeploy.config.local_cluster import local_cluster
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.result import Severity, to_finding
from pocdeploy.docker import containers
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube import client
from pocdeploy.stacks import hibernate, resume
from pocdeploy.stacks.state_repair import find_missing, prune_state


def check_machine(session: CliContext, stack: str) -> None:
    """Show what doctor warns of, a line each; raise PreflightError with all that is in the way."""
    outcomes = doctor.before_up(session.root, stack)
    for outcome in outcomes:
        # That nodes are stopped is about to be mended.
        if outcome.severity is Severity.WARN and not (outcome.fix or "").startswith("make resume"):
            session.log(f"warn  {outcome.check}: {outcome.what}   ({outcome.fix or outcome.why})")
    if findings := [to_finding(outcome) for outcome in doctor.failed(outcomes)]:
        raise PreflightError(findings)


def forget_deleted_clusters(session: CliContext, stack: str, *, preview: bool) -> bool:
    """Notice what is gone behind Pulumi's back, and say so; return whether something is.

    Unless it is for a ``preview``, which changes nothing, the state forgets it, so that Pulumi makes it anew.
    """
    known = containers.listed()
    if known is None:
        return False
    exported = session.capture_pulumi("stack", "export", "--stack", stack)
    if exported.code:
        return False  # Pulumi itself is about to say why
    state = json.loads(exported.stdout)
    names = {container.name for container in known}
    gone = find_missing(state.get("deployment") or {}, names.__contains__)
    for one in gone:
        session.log(one.what if not preview else f"{one.what}, when `up` is run; below is only what else changes")
    if gone and not preview:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(prune_state(state, gone), file)
            file.flush()
            told = session.capture_pulumi("stack", "import", "--stack", stack, "--file", file.name)
        if told.code:
            got = told.stderr.strip()[-300:]
            finding = Finding(where="state", what="it could not be noted what is gone", actual=got, fix="make down")
            raise PreflightError([finding])
    return bool(gone)


def restart_stopped(session: CliContext, stack: str) -> None:
    """Start what of the stack is stopped, and wake what is paused: Pulumi could do nothing with either."""
    settings = session.settings(stack)
    local = local_cluster(settings)
    try:
        if local is None:
            api = session.cluster(stack)
        elif local.control_plane in {container.name for container in containers.listed() or ()}:
            api = client.from_kubeconfig(session.root / local.folder / "kubeconfig")
        else:
            return  # it is still to be made
        if local is not None and (names := resume.stopped(local)):
            session.log(f"Stopped: {', '.join(names)}. Bringing the stack back first")
            resume.resume(settings, lambda: api, session.progress)
        if woken := hibernate.wake(api, settings):
            session.log(f"The stack was paused: {'; '.join(woken)}")
            resume.resume(settings, lambda: api, session.progress)
    except (NoStackError, client.ApiError) as error:
        # An interrupted first run has a cluster and nothing in it yet; anything else Pulumi says better.
        if session.verbose:
            session.log(str(error))
