"""The cluster that the stack runs on: its facts, and the one place where the type of cluster is chosen."""

from __future__ import annotations

from typing import assert_never

import pulumi

from components.cluster.existing import Access, ExistingCluster, ExistingClusterArgs, connect
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
from components.cluster.kind.manifests import cluster_config
from pocdeploy.config import EksSettings, ExistingSettings, KindSettings, ProcessesSettings, Settings
from pocdeploy.stacks import cluster_identity, kind_cluster
from pocdeploy.stacks.deployed import Deployed

__all__ = [
    "Access",
    "Cluster",
    "Exposure",
    "OwnGateway",
    "OwnMonitoring",
    "PreinstalledAddons",
    "Registry",
    "connect",
    "create_cluster",
    "in_cluster_options",
]


def create_cluster(
    settings: Settings,
    *,
    deployed: Deployed,
    access: Access | None,
    registry_password: pulumi.Output[str] | None = None,
    has_store_credentials: bool = False,
) -> Cluster:
    """Create the cluster of the type ``cluster.type``, or connect to an existing one.

    Args:
        settings: all settings. What a cluster needs depends on more than its own settings.
        deployed: the state before this run, which decides what stays as it is.
        access: the connection to an existing cluster.
        registry_password: password of the registry, if one was set.
        has_store_credentials: whether credentials of the store of backups were set.

    Raises:
        pulumi.RunError: the existing cluster cannot be used, or a fact that is needed first cannot be found. Nothing
            has been registered then.
    """
    match settings.cluster:
        case KindSettings() as kind:
            config = kind_cluster.kept_config(kind, deployed) or cluster_config(kind)
            args = KindClusterArgs(
                settings=kind,
                config=config,
                metrics_server_chart=settings.charts.metrics_server,
                store_image=settings.local_store_image,
            )
            return KindCluster(kind.name, args)
        case ExistingSettings() as existing:
            assert access is not None, "it is made for this type of cluster"  # for mypy
            return ExistingCluster(
                pulumi.get_stack(),
                ExistingClusterArgs(
                    settings=existing,
                    stack_settings=settings,
                    access=access,
                    identifier=cluster_identity.identifier(deployed, access.inventory),
                    registry_password=registry_password,
                ),
            )
        case EksSettings() as eks:
            # Imported only for stacks on EKS: its packages are large, and not installed for other stacks.
            from components.cluster.eks.create import create  # noqa: PLC0415

            return create(eks, settings, has_store_credentials=has_store_credentials)
        case ProcessesSettings():
            raise pulumi.RunError("A stack of the type processes is no cluster, and Pulumi has no part in it: make up")
        case _:
            assert_never(settings.cluster)
