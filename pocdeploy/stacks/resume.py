"""Bring a stack back that was stopped from outside: after a reboot, or when Docker was stopped.

Nodes keep their disks, so nothing is lost; but Kind's nodes are not all started again by Docker (their restart policy
is on-failure:1), and whatever was on its way when they stopped has to be waited for. A node may come back with another
address: its own entry point then rewrites the files that have the old one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pocdeploy import process
from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import LocalCluster, local_cluster
from pocdeploy.console import Progress
from pocdeploy.docker import containers
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.client import CLUSTERS, ApiError, KubeClient
from pocdeploy.stacks.hibernate import asked_to_hibernate, paused_apps

NODES = "/api/v1/nodes"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
"""Kubelets renew them every 10 seconds."""
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"
HEALTHY = "Cluster in healthy state"


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds that each step may take; a laptop with two cores needs a third of them."""

    api: float = 180.0
    nodes: float = 180.0
    database: float = 420.0
    application: float = 300.0


@dataclass(frozen=True, kw_only=True)
class Restart:
    """What was started again, for what the API says of it may be from before."""

    since: float
    """When, in seconds since 1970."""
    nodes: frozenset[str]
    """Names of the nodes; what runs on the others never stopped."""


def stopped(local: LocalCluster) -> list[str]:
    """Return the stack's containers that do not run, in the order in which they are to be started.

    The registry comes first, since nodes pull from it; then the control plane, then the workers.

    Raises:
        PreflightError: if Docker does not answer, or the cluster is gone.
    """
    known = containers.listed()
    if known is None:
        raise PreflightError([Finding(where="docker", what="does not answer", fix="make doctor")])
    nodes = containers.nodes_of(known, local.name)
    if not any(node.role == "control-plane" for node in nodes):
        finding = Finding(
            where=local.control_plane,
            what="this container is gone, and the cluster with its data",
            fix="make up   (recreates it, with empty databases)",
        )
        raise PreflightError([finding])
    registry = [container for container in known if container.name == local.registry]
    return [container.name for container in (*registry, *nodes) if not container.running]


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


def resume(
    settings: Settings,
    connect: Callable[[], KubeClient],
    progress: Progress,
    *,
    timeouts: Timeouts | None = None,
    now: Callable[[], float] = time.time,
) -> list[str]:
    """Start what is stopped, and wait until everything serves again; give what was done, a sentence each.

    Args:
        settings: the stack's settings.
        connect: gives the cluster's API; called when the nodes run.
        progress: shows the steps.
        timeouts: how long each step may take.
        now: seconds since 1970.

    Raises:
        PreflightError: if something is gone, or does not start.
        WaitError: if something is not there in time.
    """
    limits = timeouts or Timeouts()
    done = []
    restart: Restart | None = None
    local = local_cluster(settings)
    if local is not None and (names := stopped(local)):
        with progress.step("containers") as step:
            step.waits_for(", ".join(names))
            restart = Restart(since=now(), nodes=frozenset(names))
            start(names)
        done.append(f"started {', '.join(names)}")
    api = connect()
    with progress.step("Kubernetes API") as step:
        progress.until(step, lambda: api_missing(api), timeout=limits.api)
    with progress.step("nodes") as step:
        wanted = local.nodes if local else 1
        progress.until(step, lambda: nodes_missing(api, wanted, restart), timeout=limits.nodes)
    asleep: set[str] = set()
    with progress.step("custom resources") as step:
        progress.until(step, lambda: _paused_missing(api, settings, asleep), timeout=limits.api)
    for name, app in settings.apps.items():
        if name in asleep:
            done.append(f"{name} is paused; make wake ends that")
            continue
        if app.own_database is not None:
            with progress.step(f"database of {name}") as step:
                progress.until(step, lambda name=name: database_missing(api, name, restart), timeout=limits.database)  # type: ignore[misc]
        with progress.step(f"application {name}") as step:
            progress.until(step, lambda name=name: application_missing(api, name, restart), timeout=limits.application)  # type: ignore[misc]
    return done


def api_missing(api: KubeClient) -> str | None:
    """Return what keeps the API server from being ready; None if it is."""
    try:
        api.text("/readyz")
    except ApiError as error:
        return f"an answer ({error.findings[0].what})" if error.status is None else "its own checks to pass"
    return None


def _paused_missing(api: KubeClient, settings: Settings, found: set[str]) -> str | None:
    """Note in ``found`` which applications are paused; return what keeps the API from saying so."""
    try:
        found |= paused_apps(api, settings)
    except ApiError as error:  # right after its start it answers, but "storage is (re)initializing"
        return error.findings[0].what
    return None


def nodes_missing(api: KubeClient, wanted: int, restart: Restart | None = None) -> str | None:
    """Return which nodes are not ready; None if there are as many as ``wanted``.

    After a ``restart`` a node counts only if its kubelet has reported since: what the API says of nodes that were just
    started is from before they stopped.
    """
    try:
        nodes = api.items(NODES)
        leases = {lease["metadata"]["name"]: lease for lease in api.items(LEASES)} if restart else {}
    except ApiError:
        return "the API to answer again"
    waiting = [
        node["metadata"]["name"]
        for node in nodes
        if not has_condition(node, "Ready") or not _reported(leases.get(node["metadata"]["name"]), restart)
    ]
    if waiting:
        return f"{', '.join(sorted(waiting))} to be ready"
    return None if len(nodes) >= wanted else f"{wanted - len(nodes)} more nodes"


def _reported(lease: Mapping[str, Any] | None, restart: Restart | None) -> bool:
    if restart is None:
        return True
    renewed = ((lease or {}).get("spec") or {}).get("renewTime")
    return bool(renewed) and datetime.fromisoformat(str(renewed)).timestamp() >= restart.since


def serves(pod: Mapping[str, Any], restart: Restart | None) -> bool:
    """Return whether a pod is ready; one of a node that was started again only if its containers were started since."""
    if not has_condition(pod, "Ready"):
        return False
    if restart is None or pod["spec"].get("nodeName") not in restart.nodes:
        return True
    states = [container.get("state", {}).get("running") for container in pod["status"].get("containerStatuses", [])]
    # The API's times have whole seconds.
    return all(
        state and datetime.fromisoformat(state["startedAt"]).timestamp() >= restart.since - 1 for state in states
    )


def has_condition(thing: Mapping[str, Any], kind: str) -> bool:
    """Return whether a condition in the status of an object is true."""
    conditions = thing.get("status", {}).get("conditions", [])
    return any(condition["type"] == kind and condition["status"] == "True" for condition in conditions)


def database_missing(api: KubeClient, app: str, restart: Restart | None = None) -> str | None:
    """Return what the databases of an application still lack; None if all instances serve."""
    try:
        clusters = api.items(CLUSTERS.format(app))
        pods = api.items(f"/api/v1/namespaces/{app}/pods", labelSelector="cnpg.io/cluster")
    except ApiError:
        return "the API to answer again"
    for cluster in clusters:
        name, status = cluster["metadata"]["name"], cluster.get("status", {})
        if asked_to_hibernate(cluster):
            continue
        wanted = cluster["spec"]["instances"]
        # The status may be that of before; the pods' readiness is what the kubelets say now.
        own = [pod for pod in pods if pod["metadata"]["labels"]["cnpg.io/cluster"] == name]
        ready = {pod["metadata"]["name"] for pod in own if serves(pod, restart)}
        primary = status.get("currentPrimary", "")
        if primary not in ready:
            return f"the primary {primary or name}"
        if len(ready) < wanted:
            return f"{len(ready)} of {wanted} instances of {name}"
        if status.get("phase") != HEALTHY:
            return f"{name}: {status.get('phase', 'its operator')}"
    return None


def application_missing(api: KubeClient, app: str, restart: Restart | None = None) -> str | None:
    """Return what the Deployments of an application still lack; None if all their pods are available."""
    try:
        deployments = api.items(DEPLOYMENTS.format(app))
        pods = api.items(f"/api/v1/namespaces/{app}/pods") if restart else []
    except ApiError:
        return "the API to answer again"
    for deployment in deployments:
        status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
        if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
            return f"{deployment['metadata']['name']} to be looked at"
        if status.get("availableReplicas", 0) < wanted:
            return f"{status.get('availableReplicas', 0)} of {wanted} pods of {deployment['metadata']['name']}"
    for pod in pods:
        is_web = any(owner["kind"] == "ReplicaSet" for owner in pod["metadata"].get("ownerReferences", []))
        if is_web and not serves(pod, restart):
            return f"{pod['metadata']['name']} to be ready"
    return None
