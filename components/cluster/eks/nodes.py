"""Nodes: the objects from which Auto Mode creates nodes and volumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.eks import manifests
from components.shared import base
from pocdeploy.config import EksSettings


@dataclass(frozen=True, kw_only=True)
class NodesArgs:
    """Inputs of the nodes."""

    settings: EksSettings
    """Architecture, instance types, zones, maximum of CPUs."""
    role: pulumi.Input[str]
    """Name of the nodes' IAM role."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of the nodes."""
    security_group_id: pulumi.Input[str]
    """Security group of the nodes."""
    tags: Mapping[str, str]
    """Tags of instances and volumes."""


class Nodes(base.Component):
    """Node class, node pool and storage class. They cost nothing until a pod needs a node or a volume."""

    def __init__(self, name: str, args: NodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        labels = base.labels(name, "nodes")
        node_class = self.create_custom_object(
            f"{name}-class",
            manifests.node_class(
                role=args.role,
                subnet_ids=args.subnet_ids,
                security_group=args.security_group_id,
                tags=args.tags,
                labels=labels,
            ),
        )
        self.create_custom_object(
            f"{name}-pool",
            manifests.node_pool(args.settings, labels=labels),
            depends_on=[node_class],
            # Until the last node is drained and its instance is terminated.
            custom_timeouts=pulumi.CustomTimeouts(delete="30m"),
        )
        storage = manifests.storage_class(args.settings.name, tags=args.tags, labels=base.labels(name, "storage"))
        k8s.storage.v1.StorageClass(
            f"{name}-{manifests.STORAGE_CLASS}",
            # Kubernetes cannot change parameters: another tag would delete and recreate the class in use.
            opts=self.child(delete_before_replace=True, ignore_changes=["parameters"]),
            **storage,
        )
        self.register_outputs({"storage_class": manifests.STORAGE_CLASS})
