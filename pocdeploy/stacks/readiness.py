"""Return which part of a stack does not serve yet, in a few words for a progress line; None if all does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pocdeploy.kube.client import CLUSTERS, ApiError, KubeClient
from pocdeploy.stacks.hibernate import asked_to_hibernate

NODES = "/api/v1/nodes"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
"""Kubelets renew them every 10 seconds."""
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"
HEALTHY = "Cluster in healthy state"


@dataclass(frozen=True, kw_only=True)
class Restart:
    """Containers that were started again: the status of their nodes in the API may be from before."""

    since: float
    """Seconds since 1970."""
    containers: tuple[str, ...]
    """Their names; pods on other nodes never stopped."""


def api_missing(api: KubeClient) -> str | None:
    """Return the reason why the API server is not ready; None if it is."""
    try:
        api.text("/readyz")
    except ApiError as error:
        return f"an answer ({error.findings[0].what})" if error.status is None else "its own checks to pass"
    return None


def nodes_missing(api: KubeClient, wanted: int, restart: Restart | None = None) -> str | None:
    """Return which nodes are not ready; None if there are as many as ``wanted``.

    After a ``restart`` a node counts only if its kubelet has reported since: the status of nodes that were just started
    is from before they stopped.
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
    """Return whether a pod is ready. On a node of ``restart`` its containers must have been started since."""
    if not has_condition(pod, "Ready"):
        return False
    if restart is None or pod["spec"].get("nodeName") not in restart.containers:
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
    """Return which instance of an application's databases does not serve; None if all do."""
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
        # The status may be from before the restart; the kubelets report the readiness of pods now.
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
    """Return which pods of an application's Deployments are not available; None if all are."""
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
