"""Find out whether a new operator has looked at a database. Until then its status is that of the operator before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pocdeploy.kube.client import KubeClient

LEASE = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/db9c8771.cnpg.io"
"""Says which pod of the operator works, and since when; the name is a constant of the operator."""
PATIENCE = 60.0
"""Seconds to wait. The same program under another version has nothing to write, so this is no reason to fail."""


def has_seen(api: KubeClient, namespace: str, cluster: Mapping[str, Any]) -> bool:
    """Return whether the operator that works now has written the status of a Cluster, or cannot be found.

    A new operator writes the hash of its program there, before anything else. ``namespace`` is the operator's.
    """
    lease = api.get_or_none(LEASE.format(namespace))
    if lease is None:
        return True
    name = str(lease["spec"]["holderIdentity"]).rpartition("_")[0]
    pod = api.get_or_none(f"/api/v1/namespaces/{namespace}/pods/{name}")
    if pod is None or pod["metadata"].get("deletionTimestamp"):
        return False  # the old operator ends, and the new one does not work yet
    fields = cluster["metadata"].get("managedFields") or []
    written = [it["time"] for it in fields if it.get("subresource") == "status" and "time" in it]
    return max(written, default="") >= str(lease["spec"]["acquireTime"])[: len("2026-01-01T00:00:00")]
