"""Where the stack runs: the facts, and the one place where the kind of cluster is chosen."""

from __future__ import annotations

from typing import assert_never

from components.cluster.facts import Cluster, Exposure, Registry, on
from components.cluster.kind import KindCluster, KindClusterArgs
from pocdeploy.settings import EksSettings, KindSettings, Settings

__all__ = ["Cluster", "Exposure", "Registry", "create_cluster", "on"]


def create_cluster(settings: Settings) -> Cluster:
    """Create the cluster that ``cluster.type`` asks for.

    Raises:
        pulumi.RunError: if something that has to be known beforehand cannot be found out; nothing is registered then.
    """
    match settings.cluster:
        case KindSettings() as kind:
            args = KindClusterArgs(settings=kind, metrics_server_chart=settings.charts.metrics_server)
            return KindCluster(kind.name, args)
        case EksSettings() as eks:
            # Imported for its own stacks alone: its packages are installed, and loaded, for no other.
            from components.cluster.eks.create import create  # noqa: PLC0415

            return create(eks, settings)
        case _:
            assert_never(settings.cluster)
