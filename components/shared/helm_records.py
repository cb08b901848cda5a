"""The records that Helm keeps of a release: Secrets in the release's namespace."""

from __future__ import annotations

import time
from collections.abc import Mapping

from components.shared.cluster_client import ClusterClient
from pocdeploy.kube.release_owner import owner_of_record
from pocdeploy.preflight.cluster_conflicts import is_of

POLL_INTERVAL = 2.0  # seconds


def belongs_to(client: ClusterClient, namespace: str, name: str, stack: str) -> bool:
    """Return whether a release is the stack's: it is in one of its namespaces, or all its records name the stack."""
    api = client.api()
    if is_of(stack, api.get(f"/api/v1/namespaces/{namespace}")["metadata"].get("labels") or {}):
        return True
    records = api.get(f"/api/v1/namespaces/{namespace}/secrets", labelSelector=f"owner=helm,name={name}")["items"]
    return all(owner_of_record(record) == stack for record in records)


def delete_records(client: ClusterClient, namespace: str, name: str, timeout: int) -> None:
    """Delete Helm's records of a release after any operation in progress has ended.

    Args:
        client: the cluster.
        namespace: namespace of the release.
        name: name of the release.
        timeout: seconds after which an installation has ended, whether it succeeded or not.
    """
    api, path = client.api(), f"/api/v1/namespaces/{namespace}/secrets"
    while True:
        records = [it["metadata"] for it in api.get(path, labelSelector=f"owner=helm,name={name}")["items"]]
        if not any(is_in_progress(record.get("labels", {}), timeout) for record in records):
            break
        time.sleep(POLL_INTERVAL)
    for record in records:
        api.delete(f"{path}/{record['name']}")


def is_in_progress(labels: Mapping[str, str], timeout: int) -> bool:
    """Return whether another process may still be working on a release, judged by the labels of its record."""
    started = float(labels.get("modifiedAt") or labels.get("createdAt") or 0)
    return labels.get("status", "").startswith("pending-") and time.time() - started < timeout
