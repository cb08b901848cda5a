"""The database gate: is what was asked for what is there? On every creation and change of a database.

A condition of the Cluster may be that of an older specification, since it has no observedGeneration
(cloudnative-pg#11390). So the gate compares facts: the pods that run, with the images they run, and who is primary.
What only PostgreSQL itself can know (parameters, streaming) is asked by the Job `<app>-db-ready` (docs/adr/0004).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi

from components.backend.manifests import cluster_name
from components.shared import explained
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Database
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.kube.client import CLUSTERS, ApiError

TIMEOUT = 540.0  # seconds
POLL_INTERVAL = 1.0  # seconds
HEALTHY = "Cluster in healthy state"


class NotAsAskedError(PocdeployError):
    """The database is not what was asked for, and the time is over."""

    headline = "The database is not what was asked for"


def hook(name: str, access: ClusterClient, app: str, database: Database) -> pulumi.ResourceHook:
    """Return a hook that waits until the database is as asked; its failure fails the resource that it belongs to."""

    async def wait_for_it(_: pulumi.ResourceHookArgs) -> None:
        try:
            await asyncio.to_thread(wait, access, app, database, pulumi.log.info)
        except NotAsAskedError:
            pulumi.log.error(await asyncio.to_thread(explained.explanation, access, app, _pods(app), _about(app)))
            raise

    return pulumi.ResourceHook(name, wait_for_it)


def on_failure(hook: str, access: ClusterClient, app: str, again: explained.Again | None = None) -> pulumi.ErrorHook:
    """Return a hook that explains a failure by the state of the database's pods; see ``explained.on_failure``."""
    return explained.on_failure(hook, _about(app), access, namespace=app, selector=_pods(app), again=again)


def _about(app: str) -> str:
    return f"{app}: the database does not serve as it should."


def _pods(app: str) -> str:
    return f"cnpg.io/cluster={cluster_name(app)}"


def wait(
    access: ClusterClient, app: str, database: Database, say: Callable[[str], None], timeout: float = TIMEOUT
) -> None:
    """Wait until the database of an application is as asked, for at most ``timeout`` seconds.

    ``say`` gets a line for each new thing that is waited for.

    Raises:
        NotAsAskedError: with what is missing.
    """
    api, cluster = access.api(), cluster_name(app)
    path, pods = f"{CLUSTERS.format(app)}/{cluster}", f"/api/v1/namespaces/{app}/pods"
    selector = f"{_pods(app)},cnpg.io/podRole=instance"
    deadline, said = time.monotonic() + timeout, None
    while True:
        try:
            missing = differences(api.get(path), api.get(pods, labelSelector=selector)["items"], database)
        except ApiError as error:
            missing = [f"an answer of the API: {error.findings[0].what[:200]}"]
        if not missing:
            return
        waiting = f"{cluster}: waiting for {'; '.join(missing)}"
        if waiting != said:
            say(waiting)
            said = waiting
        if time.monotonic() > deadline:
            fix = f"kubectl --namespace {app} describe cluster {cluster}"
            raise NotAsAskedError(
                [Finding(where=cluster, what=f"after {timeout:.0f} s: waits for {it}", fix=fix) for it in missing]
            )
        time.sleep(POLL_INTERVAL)


def differences(cluster: Mapping[str, Any], pods: Sequence[Mapping[str, Any]], database: Database) -> list[str]:
    """Return what is still to come before a database is what was asked for; nothing if it is.

    Args:
        cluster: the Cluster, as the API gives it.
        pods: the pods of its instances.
        database: what was asked for.
    """
    spec, status = cluster["spec"], cluster.get("status", {})
    asked = {"instances": database.instances, "imageName": database.image_name}
    parameters = spec.get("postgresql", {}).get("parameters") or {}
    missing = [f"the Cluster to have {key} {value}" for key, value in asked.items() if spec.get(key) != value]
    missing += [
        f"the Cluster to have {name} = {value}"
        for name, value in database.parameters.items()
        if parameters.get(name) != value
    ]
    serving = [pod for pod in pods if _serves(pod)]
    stale = [pod["metadata"]["name"] for pod in pods if _image(pod) != database.image_name]
    if stale:
        missing.append(f"{', '.join(sorted(stale))} to run {database.image_name}")
    if len(pods) != database.instances or len(serving) != database.instances:
        missing.append(f"{database.instances} ready instances, there are {len(serving)} of {len(pods)}")
    primary = status.get("currentPrimary")
    if not primary or primary != status.get("targetPrimary"):
        missing.append(f"a primary (current: {primary}, wanted: {status.get('targetPrimary')})")
    elif primary not in {pod["metadata"]["name"] for pod in serving}:
        missing.append(f"the primary {primary} to serve")
    if status.get("readyInstances") != database.instances or status.get("phase") != HEALTHY:
        said = " ".join(filter(None, (status.get("phase"), status.get("phaseReason")))) or "nothing yet"
        missing.append(f"the operator, which says: {said}")
    return missing


def _serves(pod: Mapping[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    ready = any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp")


def _image(pod: Mapping[str, Any]) -> str | None:
    images = [it["image"] for it in pod["spec"]["containers"] if it["name"] == "postgres"]
    return images[0] if images else None
