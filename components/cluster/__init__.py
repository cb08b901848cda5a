"""Where the stack runs: the facts, and the one place where the kind of cluster is chosen."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.interface import (
    Cluster,
    Exposure,
    OwnGateway,
    OwnMonitoring,
    PreinstalledAddons,
    Registry,
    in_cluster_options,
)
from components.cluster.kind import KindCluster, KindClusterArgs
from pocdeploy.config import EksSettings, ExistingSettings, KindSettings, Settings

__all__ = [
    "Cluster",
    "Exposure",
    "OwnGateway",
    "OwnMonitoring",
    "PreinstalledAddons",
    "Registry",
    "create_cluster",
    "in_cluster_options",
]


def create_cluster(settings: Settings, registry_password: pulumi.Output[str] | None = None) -> Cluster:
    """Create the cluster that ``cluster.type`` asks for, or take the one that is there.

    Args:
        settings: all settings; what is installed depends on more than those of the cluster.
        registry_password: password of the registry, where one was set.

    Raises:
        pulumi.RunError: if the cluster that is there cannot be used, or something that has to be known beforehand
            cannot be found out; nothing is registered then.
    """
    match settings.cluster:
        case KindSettings() as kind:
            args = KindClusterArgs(settings=kind, metrics_server_chart=settings.charts.metrics_server)
            return KindCluster(kind.name, args)
        case ExistingSettings() as existing:
            return ExistingCluster(
                pulumi.get_stack(),
                ExistingClusterArgs(settings=existing, stack_settings=settings, registry_password=registry_password),
            )
        case EksSettings() as eks:
            # Imported for its own stacks alone: its packages are installed, and loaded, for no other.
            from components.cluster.eks.create import create  # noqa: PLC0415

            return create(eks, settings)
        case _:
            assert_never(settings.cluster)
