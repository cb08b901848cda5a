"""Changes of the monitoring that its volumes cannot follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pocdeploy import fixes
from pocdeploy.config import Settings
from pocdeploy.config.types import quantity
from pocdeploy.errors import Finding
from pocdeploy.stacks.deployed import RELEASE, Deployed
from pocdeploy.stacks.facts import Facts


def volume_size(deployed: Deployed) -> str | None:
    """Return the size of the volume of the deployed Prometheus; None if it has no volume."""
    release = deployed.find(RELEASE, "monitoring")
    found: Any = release.outputs.get("values") if release else None
    path = ("prometheus", "prometheusSpec", "storageSpec", "volumeClaimTemplate", "spec", "resources", "requests")
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return str(found["storage"]) if found else None


def refusals(settings: Settings, deployed: Deployed, _: Facts) -> Iterator[Finding]:
    """Yield a finding if the volume of Prometheus would have to change its size.

    The Prometheus operator recreates the StatefulSet with the new size, but never resizes an existing claim
    (https://prometheus-operator.dev/docs/platform/storage/): Prometheus would keep more samples than fit.
    """
    before, monitoring = volume_size(deployed), settings.monitoring
    if before is None or not monitoring.namespace or quantity(before) == quantity(monitoring.storage_size):
        return
    yield Finding(
        where="pocdeploy:monitoring.storage",
        what="the volume of Prometheus keeps its size",
        actual=f"{monitoring.storage_size}, deployed is {before}",
        expected=f"{before}; another size needs a new volume: profile: off in an `up` of its own deletes the samples",
        fix=fixes.set_value("monitoring.storage", before),
    )
