"""Restart a stack that was stopped from outside: by a reboot, or because Docker was stopped.

Nodes keep their disks, so no data is lost. Docker does not start all Kind nodes again (their restart policy is
on-failure:1), and pods take some time to serve. A node may get another address: its entry point then rewrites the files
that contain the old one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from pocdeploy import process
from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import LocalCluster, local_cluster
from pocdeploy.console import Progress
from pocdeploy.docker import containers
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.client import ApiError, KubeClient
from pocdeploy.stacks.hibernate import paused_apps
from pocdeploy.stacks.readiness import Restart, api_missing, application_missing, database_missing, nodes_missing

# Seconds; a laptop with two cores needs a third of them.
API_TIMEOUT = 180.0
NODES_TIMEOUT = 180.0
DATABASE_TIMEOUT = 420.0
APPLICATION_TIMEOUT = 300.0


def stopped(local: LocalCluster) -> list[str]:
    """Return the stack's containers that do not run, in the order to start them.

    The registry comes first, since nodes pull from it, and the store of backups; then the control plane and workers.

    Raises:
        PreflightError: if Docker does not answer, or the cluster was deleted.
    """
    known = containers.listed()
    if known is None:
        raise PreflightError([Finding(where="docker", what="does not answer", fix="make doctor")])
    nodes = containers.nodes_of(known, local.name)
    if not any(node.role == "control-plane" for node in nodes):
        finding = Finding(
            where=local.control_plane,
            what="this container was deleted, and the cluster with its data",
            fix="make up   (recreates it, with empty databases)",
        )
        raise PreflightError([finding])
    beside = [container for name in (local.registry, local.store) for container in known if container.name == name]
    return [container.name for container in (*beside, *nodes) if not container.running]


def start(names: Sequence[str]) -> None:
    """Start containers one after the other. Raises PreflightError for those that do not start."""
    findings = []
    for name in names:
        result = process.run(["docker", "start", name], timeout=60.0)
        if result.code:
            got = result.stderr.strip()[-300:]
            findings.append(Finding(where=name, what="does not start", actual=got, fix=f"docker logs --tail 20 {name}"))
    if findings:
        raise PreflightError(findings)


def resume(settings: Settings, connect: Callable[[], KubeClient], progress: Progress) -> list[str]:
    """Start stopped containers and wait until the stack serves; return a sentence about each change.

    ``connect`` returns the client of the cluster; it is called when the nodes run.

    Raises:
        PreflightError: if a container was deleted, or does not start.
        WaitError: if a step times out.
    """
    done = []
    local = local_cluster(settings)
    restart = _start_stopped(local, progress) if local else None
    if restart:
        done.append(f"started {', '.join(restart.containers)}")
    api = connect()
    with progress.step("Kubernetes API") as step:
        progress.until(step, partial(api_missing, api), timeout=API_TIMEOUT)
    with progress.step("nodes") as step:
        wanted = local.nodes if local else 1
        progress.until(step, partial(nodes_missing, api, wanted, restart), timeout=NODES_TIMEOUT)
    paused: set[str] = set()
    with progress.step("custom resources") as step:
        progress.until(step, partial(_paused_missing, api, settings, paused), timeout=API_TIMEOUT)
    for name, app in settings.apps.items():
        if name in paused:
            done.append(f"{name} is paused; make wake ends that")
            continue
        if app.own_database is not None:
            with progress.step(f"database of {name}") as step:
                progress.until(step, partial(database_missing, api, name, restart), timeout=DATABASE_TIMEOUT)
        with progress.step(f"application {name}") as step:
            progress.until(step, partial(application_missing, api, name, restart), timeout=APPLICATION_TIMEOUT)
    return done


def _start_stopped(local: LocalCluster, progress: Progress) -> Restart | None:
    names = stopped(local)
    if not names:
        return None
    with progress.step("containers") as step:
        step.waits_for(", ".join(names))
        restart = Restart(since=time.time(), containers=tuple(names))
        start(names)
    return restart


def _paused_missing(api: KubeClient, settings: Settings, found: set[str]) -> str | None:
    """Add the paused applications to ``found``; return the error of the API, or None."""
    try:
        found |= paused_apps(api, settings)
    except ApiError as error:  # right after its start it answers, but "storage is (re)initializing"
        return error.findings[0].what
    return None
