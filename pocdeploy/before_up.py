"""What ``up`` does before Pulumi: ask doctor, notice what is gone, bring back what is stopped, wake what is paused."""

from __future__ import annotations

import json

from pocdeploy import containers, doctor, kube, pause, resume
from pocdeploy.errors import PreflightError
from pocdeploy.lost import lost
from pocdeploy.outcome import Severity, to_finding
from pocdeploy.session import NoStackError, Session
from pocdeploy.settings.local import local_cluster


def examine(session: Session, stack: str) -> None:
    """Show what doctor warns of, a line each; raise PreflightError with all that is in the way."""
    outcomes = doctor.before_up(session.root, stack)
    for outcome in outcomes:
        # That nodes are stopped is about to be mended.
        if outcome.severity is Severity.WARN and not (outcome.fix or "").startswith("make resume"):
            session.log(f"warn  {outcome.check}: {outcome.what}   ({outcome.fix or outcome.why})")
    if findings := [to_finding(outcome) for outcome in doctor.failed(outcomes)]:
        raise PreflightError(findings)


def replacements(session: Session, stack: str) -> list[str]:
    """Return the options by which Pulumi makes anew what is gone behind its back, and say what is gone."""
    known = containers.listed()
    if known is None:
        return []
    exported = session.ask_pulumi("stack", "export", "--stack", stack)
    if exported.code:
        return []  # Pulumi itself is about to say why
    names = {container.name for container in known}
    gone = lost(json.loads(exported.stdout).get("deployment") or {}, names.__contains__)
    for one in gone:
        session.log(one.what)
    return [part for one in gone for part in ("--replace", one.urn)]


def revive(session: Session, stack: str) -> None:
    """Start what of the stack is stopped, and wake what is paused: Pulumi could do nothing with either."""
    settings = session.settings(stack)
    local = local_cluster(settings)
    try:
        if local is None:
            api = session.cluster(stack)
        elif local.control_plane in {container.name for container in containers.listed() or ()}:
            api = kube.Cluster(session.root / local.folder / "kubeconfig")
        else:
            return  # it is still to be made
        if local is not None and (names := resume.stopped(local)):
            session.log(f"Stopped: {', '.join(names)}. Bringing the stack back first")
            resume.resume(settings, lambda: api, session.progress)
        if woken := pause.wake(api, settings):
            session.log(f"The stack was paused: {'; '.join(woken)}")
            resume.resume(settings, lambda: api, session.progress)
    except (NoStackError, kube.ApiError) as error:
        # An interrupted first run has a cluster and nothing in it yet; anything else Pulumi says better.
        if session.verbose:
            session.log(str(error))
