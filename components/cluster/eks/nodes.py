"""Nodes: what Auto Mode is to run pods and keep data on, as objects in the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.eks import manifests
from components.shared import base
from pocdeploy.config import EksSettings


@dataclass(frozen=True, kw_only=True)
class NodesArgs:
    """What the nodes are made from."""

    settings: EksSettings
    """Architecture, instance types, zones, most CPUs."""
    role: pulumi.Input[str]
    """Name of the nodes' IAM role."""
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    tags: Mapping[str, str]


class Nodes(base.Component):
    """Node class, node pool and storage class. None of them costs anything until a pod asks for it."""

    def __init__(self, name: str, args: NodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        labels = base.labels(name, "nodes")
        node_class = self._custom(
            f"{name}-class",
            manifests.node_class(
                role=args.role,
                subnet_ids=args.subnet_ids,
                security_group=args.security_group_id,
                tags=args.tags,
                labels=labels,
            ),
        )
        self._custom(
            f"{name}-pool",
            manifests.node_pool(args.settings, labels=labels),
            depends_on=[node_class],
            # Until the last node has been drained and its instance is gone.
            custom_timeouts=pulumi.CustomTimeouts(delete="30m"),
        )
        storage = manifests.storage_class(args.settings.name, tags=args.tags, labels=base.labels(name, "storage"))
        k8s.storage.v1.StorageClass(
            f"{name}-{manifests.STORAGE_CLASS}", opts=self.child(delete_before_replace=True), **storage
        )
        self.register_outputs({"storage_class": manifests.STORAGE_CLASS})

    def _custom(self, name: str, manifest: dict[str, Any], **options: Any) -> k8s.apiextensions.CustomResource:
        return k8s.apiextensions.CustomResource(
            name,
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=manifest["metadata"],
            spec=manifest["spec"],
            opts=self.child(**options),
        )
