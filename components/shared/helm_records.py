"""The records that Helm keeps of a release: Secrets in the release's namespace."""

from __future__ import annotations

import time
from collections.abc import Mapping

from components.shared.cluster_client import ClusterClient

POLL_INTERVAL = 2.0  # seconds


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
