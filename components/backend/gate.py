"""The database gate: wait until a created or changed database runs as specified.

A condition of the Cluster can belong to an older specification, because it has no observedGeneration
(cloudnative-pg#11390). The gate therefore compares facts: the running pods, their images, the primary,
and the size of the volumes (docs/adr/0004).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi

from components.backend.manifests import cluster_name
from components.backend.operator import takeover
from components.shared import failures
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Database
from pocdeploy.config.types import quantity
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.kube.client import CLUSTERS, ApiError

TIMEOUT = 540.0  # seconds
POLL_INTERVAL = 1.0  # seconds
ARCHIVER = "plugin-barman-cloud"
"""Container that the plugin adds to each instance."""
HEALTHY = "Cluster in healthy state"


class DatabaseNotReadyError(PocdeployError):
    """The database does not run as specified within the time limit."""

    headline = "The database does not run as specified"


def hook(
    name: str,
    client: ClusterClient,
    app: str,
    database: Database,
    *,
    archives: bool = False,
    new_operator: str | None = None,
) -> pulumi.ResourceHook:
    """Return a hook that waits until the database runs as specified. If it fails, its resource fails.

    ``archives`` says whether its instances have the container that archives the write-ahead log. ``new_operator`` is
    the namespace of an operator that was changed since the last time; None if it was not.
    """
    log = pulumi.log.info

    async def wait_for_database(_: pulumi.ResourceHookArgs) -> None:
        try:
            await asyncio.to_thread(wait, client, app, database, log, new_operator, archives=archives)
        except DatabaseNotReadyError:
            report = await asyncio.to_thread(failures.explanation, client, app, _pods(app), _summary(app))
            pulumi.log.error(report)
            raise

    return pulumi.ResourceHook(name, wait_for_database)


def error_hook(name: str, client: ClusterClient, app: str, retry: failures.Retry | None = None) -> pulumi.ErrorHook:
    """Return a hook that explains a failure by the state of the database's pods; see ``failures.error_hook``."""
    return failures.error_hook(name, _summary(app), client, namespace=app, selector=_pods(app), retry=retry)


def _summary(app: str) -> str:
    return f"{app}: the database is not ready."


def _pods(app: str) -> str:
    return f"cnpg.io/cluster={cluster_name(app)}"


def wait(
    client: ClusterClient,
    app: str,
    database: Database,
    log: Callable[[str], None],
    new_operator: str | None = None,
    *,
    archives: bool = False,
) -> None:
    """Wait until the database of an application runs as specified, for at most ``TIMEOUT`` seconds.

    ``log`` gets a line each time the reason for waiting changes. A ``new_operator`` (its namespace) is to look at the
    database first, for which it gets ``takeover.PATIENCE`` seconds. ``archives``: see ``hook``.

    Raises:
        DatabaseNotReadyError: with one finding for each difference.
    """
    api, cluster = client.api(), cluster_name(app)
    path, core = f"{CLUSTERS.format(app)}/{cluster}", f"/api/v1/namespaces/{app}"
    selector = f"{_pods(app)},cnpg.io/podRole=instance"
    began, last = time.monotonic(), None
    while True:
        try:
            pods = api.get(f"{core}/pods", labelSelector=selector)["items"]
            claims = api.get(f"{core}/persistentvolumeclaims", labelSelector=_pods(app))["items"]
            found = api.get(path)
            missing = [*differences(found, pods, database), *volumes(claims, database)]
            missing += archivers(pods, archives=archives)
            is_patient = time.monotonic() - began < takeover.PATIENCE
            if new_operator and is_patient and not takeover.has_seen(api, new_operator, found):
                missing.append("the new operator to look at it")
        except ApiError as error:
            missing = [f"the Kubernetes API: {error.findings[0].what[:200]}"]
        if not missing:
            return
        message = f"{cluster}: waiting for {'; '.join(missing)}"
        if message != last:
            log(message)
            last = message
        if time.monotonic() - began > TIMEOUT:
            fix = f"kubectl --namespace {app} describe cluster {cluster}"
            what = f"after {TIMEOUT:.0f} s still waiting for"
            raise DatabaseNotReadyError([Finding(where=cluster, what=f"{what} {it}", fix=fix) for it in missing])
        time.sleep(POLL_INTERVAL)


def differences(cluster: Mapping[str, Any], pods: Sequence[Mapping[str, Any]], database: Database) -> list[str]:
    """Return how a database differs from its specification; an empty list if it does not.

    Args:
        cluster: the Cluster, as the API returns it.
        pods: the pods of its instances.
        database: the specification.
    """
    return [*_specification(cluster["spec"], database), *_instances(cluster.get("status", {}), pods, database)]


def _specification(spec: Mapping[str, Any], database: Database) -> list[str]:
    """Return the settings that the API server does not have yet."""
    expected = {"instances": database.instances, "imageName": database.image_name}
    parameters = spec.get("postgresql", {}).get("parameters") or {}
    return [
        *(f"the Cluster to have {key} {value}" for key, value in expected.items() if spec.get(key) != value),
        *(
            f"the Cluster to have {name} = {value}"
            for name, value in database.all_parameters.items()
            if parameters.get(name) != value
        ),
    ]


def _instances(status: Mapping[str, Any], pods: Sequence[Mapping[str, Any]], database: Database) -> list[str]:
    """Return what the pods and the operator's status do not show yet."""
    missing = []
    ready = [pod for pod in pods if _is_ready(pod)]
    outdated = [pod["metadata"]["name"] for pod in pods if _image(pod) != database.image_name]
    if outdated:
        missing.append(f"{', '.join(sorted(outdated))} to run {database.image_name}")
    if len(pods) != database.instances or len(ready) != database.instances:
        missing.append(f"{database.instances} ready instances, there are {len(ready)} of {len(pods)}")
    primary = status.get("currentPrimary")
    if not primary or primary != status.get("targetPrimary"):
        missing.append(f"a primary (current: {primary}, target: {status.get('targetPrimary')})")
    elif primary not in {pod["metadata"]["name"] for pod in ready}:
        missing.append(f"the primary {primary} to be ready")
    if status.get("readyInstances") != database.instances or status.get("phase") != HEALTHY:
        phase = " ".join(filter(None, (status.get("phase"), status.get("phaseReason")))) or "no phase yet"
        missing.append(f"the operator, which reports: {phase}")
    return missing


def volumes(claims: Sequence[Mapping[str, Any]], database: Database) -> list[str]:
    """Return the volumes that are smaller than specified, by the claims of the instances."""
    sizes = {"PG_DATA": database.storage, "PG_WAL": database.wal_storage}
    missing = []
    for claim in claims:
        size = sizes.get(claim["metadata"].get("labels", {}).get("cnpg.io/pvcRole", ""))
        capacity = claim.get("status", {}).get("capacity", {}).get("storage", "0")
        if size and quantity(capacity) < quantity(size):
            missing.append(f"the volume {claim['metadata']['name']} to have {size}, it has {capacity}")
    return missing


def archivers(pods: Sequence[Mapping[str, Any]], *, archives: bool) -> list[str]:
    """Return the pods that have no container that archives, or that still have one and should not."""
    other = sorted(pod["metadata"]["name"] for pod in pods if _has_archiver(pod) != archives)
    return [f"{', '.join(other)} to run with{'' if archives else 'out'} the container {ARCHIVER}"] if other else []


def _has_archiver(pod: Mapping[str, Any]) -> bool:
    return any(it["name"] == ARCHIVER for it in pod["spec"].get("initContainers") or [])


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    ready = any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp")


def _image(pod: Mapping[str, Any]) -> str | None:
    images = [it["image"] for it in pod["spec"]["containers"] if it["name"] == "postgres"]
    return images[0] if images else None
