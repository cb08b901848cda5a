"""Parts of manifests that several components use: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REPLACE_FAILED_JOB = {"pulumi.com/replaceUnready": "true"}
"""Annotation: the next `pulumi up` replaces a failed Job instead of waiting for it (pulumi-kubernetes#856)."""


def spread_constraints(match_labels: Mapping[str, str], topology_key: str) -> list[dict[str, Any]]:
    """Return the ``topologySpreadConstraints`` that put the pods of a chart on different nodes where there are several.

    Kubernetes waits five minutes before it replaces the pods of a node that does not answer. A second pod on another
    node serves meanwhile.

    Args:
        match_labels: labels of the pods.
        topology_key: node label over which the pods are spread.
    """
    return [
        {
            "maxSkew": 1,
            "topologyKey": topology_key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(match_labels)},
        }
    ]


def namespace_peer(name: str) -> dict[str, Any]:
    """Return the peer of a NetworkPolicy that selects all pods of a namespace."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def prometheus_peer(namespace: str) -> dict[str, Any]:
    """Return the peer of a NetworkPolicy that selects the Prometheus pods of a namespace."""
    # The Prometheus operator sets this label.
    return {**namespace_peer(namespace), "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}}


def ignored_changes(*, keeps_volumes: bool) -> list[str]:
    """Return the properties of a claim that stay: another StorageClass would replace it by an empty one."""
    return ["spec.storageClassName"] if keeps_volumes else []


def persistent_volume_claim(
    name: str,
    *,
    namespace: Any,
    labels: Mapping[str, str],
    size: str,
    storage_class: str | None,
    shared: bool = False,
) -> dict[str, Any]:
    """Return a claim. It is not waited for: many classes create a volume only when a pod needs it.

    ``shared`` says that several nodes mount it; ``storage_class`` None is the cluster's default.
    """
    annotations = {"pulumi.com/skipAwait": "true"}
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels), "annotations": annotations},
        "spec": {
            "accessModes": ["ReadWriteMany" if shared else "ReadWriteOnce"],
            **({"storageClassName": storage_class} if storage_class else {}),
            "resources": {"requests": {"storage": size}},
        },
    }
