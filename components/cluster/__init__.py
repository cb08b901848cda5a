"""Where the stack runs: the facts, and the one place where the kind of cluster is chosen."""

from __future__ import annotations

from typing import assert_never

from components.cluster.facts import Cluster, Exposure, Registry, on
from components.cluster.kind import KindCluster, KindClusterArgs
from pocdeploy.settings import KindSettings, Settings

__all__ = ["Cluster", "Exposure", "Registry", "create_cluster", "on"]


def create_cluster(settings: Settings) -> Cluster:
    """Create the cluster that ``cluster.type`` asks for."""
    match settings.cluster:
        case KindSettings() as kind:
            args = KindClusterArgs(settings=kind, metrics_server_chart=settings.charts.metrics_server)
            return KindCluster(kind.name, args)
        case _:
            assert_never(settings.cluster)
