"""Read what an existing cluster has; nothing in it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.kube.client import ApiError, KubeClient, KubeconfigError, from_kubeconfig

DATABASES = "clusters.postgresql.cnpg.io"
"""Custom resource definition of CloudNativePG; it remains when the operator is uninstalled."""
OPERATORS = {"cloudnative-pg": "CloudNativePG", "prometheus-operator": "the Prometheus operator"}
"""Last part of the name of an operator's image -> name of the operator."""
METRICS = "v1beta1.metrics.k8s.io"
_WHERE = "pocdeploy:cluster.context"
_RELEASE, _RELEASE_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The parts of a cluster that a stack may conflict with. Owners are Helm releases: ``namespace/name``."""

    version: tuple[int, int] = (1, 34)
    """Major and minor version of Kubernetes."""
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Name -> labels."""
    uids: Mapping[str, str] = field(default_factory=dict)
    """Name of a namespace -> its UID. That of kube-system identifies the cluster."""
    operators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of OPERATORS -> namespaces in which it runs."""
    databases: str | None = None
    """Owner of the definition DATABASES, empty without owner; None if the definition does not exist."""
    ingress_classes: Mapping[str, str] = field(default_factory=dict)
    """Name -> owner, empty without owner."""
    storage_classes: Mapping[str, bool] = field(default_factory=dict)
    """Name -> whether it is the default."""
    expandable: frozenset[str] = frozenset()
    """Names of the StorageClasses whose volumes can grow."""
    platforms: frozenset[str] = frozenset()
    """Platforms of the nodes, for example ``linux/amd64``."""
    metrics: str | None = None
    """Owner of the metrics API, empty without owner; None if the API does not exist."""
    metrics_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the metrics API."""


def read(config: Mapping[str, Any]) -> Inventory:
    """Return the inventory of the cluster of a kubeconfig with one context.

    Raises:
        ClusterError: if it cannot be reached, does not know the user, or does not allow the user to read.
    """
    try:
        return _inventory(from_kubeconfig(yaml.safe_dump(dict(config))))
    except ApiError as error:
        server, context = kubeconfig.server(dict(config)), str(config["current-context"])
        raise ClusterError([_finding(server, f"kubectl --context {context}", error)]) from None


def _inventory(client: KubeClient) -> Inventory:
    version = client.get("/version/")
    databases = client.get_or_none(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{DATABASES}")
    metrics = client.get_or_none(f"/apis/apiregistration.k8s.io/v1/apiservices/{METRICS}")
    namespaces = client.items("/api/v1/namespaces")
    ingress_classes = client.items("/apis/networking.k8s.io/v1/ingressclasses")
    storage_classes = client.items("/apis/storage.k8s.io/v1/storageclasses")
    return Inventory(
        version=(_number(version["major"]), _number(version["minor"])),
        namespaces={it["metadata"]["name"]: it["metadata"].get("labels") or {} for it in namespaces},
        uids={it["metadata"]["name"]: it["metadata"].get("uid", "") for it in namespaces},
        operators=_operators(client.items("/apis/apps/v1/deployments")),
        databases=None if databases is None else _owner(databases),
        ingress_classes={it["metadata"]["name"]: _owner(it) for it in ingress_classes},
        storage_classes={
            it["metadata"]["name"]: _annotations(it).get("storageclass.kubernetes.io/is-default-class") == "true"
            for it in storage_classes
        },
        expandable=frozenset(it["metadata"]["name"] for it in storage_classes if it.get("allowVolumeExpansion")),
        platforms=frozenset(map(_platform, client.items("/api/v1/nodes"))),
        metrics=None if metrics is None else _owner(metrics),
        metrics_labels={} if metrics is None else metrics["metadata"].get("labels") or {},
    )


def _operators(deployments: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for deployment in deployments:
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            name = str(container.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]
            if name in OPERATORS:
                found.setdefault(name, set()).add(deployment["metadata"]["namespace"])
    return {name: tuple(sorted(namespaces)) for name, namespaces in found.items()}


def _annotations(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    return manifest["metadata"].get("annotations") or {}


def _owner(manifest: Mapping[str, Any]) -> str:
    annotations = _annotations(manifest)
    name = annotations.get(_RELEASE)
    return f"{annotations.get(_RELEASE_NAMESPACE, '')}/{name}" if name else ""


def _platform(node: Mapping[str, Any]) -> str:
    info = node["status"]["nodeInfo"]
    return f"{info['operatingSystem']}/{info['architecture']}"


def _number(text: str) -> int:
    """Return a part of a version; some providers write ``34+``."""
    return int("".join(character for character in text if character.isdigit()) or 0)


def _finding(server: str, kubectl: str, error: ApiError) -> Finding:
    what = error.findings[0].what
    if isinstance(error, KubeconfigError) or error.status == 401:
        reason = "the cluster does not know this user, or the login has expired" if error.status else what
        return Finding(
            where=_WHERE,
            what="no valid credentials for this context",
            actual=f"{server}: {reason}",
            expected="a login at the cluster's provider that has not expired",
            fix=f"{kubectl} version",
        )
    if error.status is None or error.status < 300:
        reason = what.rpartition(": ")[2] if error.status is None else "the response is not one of a Kubernetes API"
        return Finding(
            where=_WHERE,
            what="the cluster cannot be reached",
            actual=f"{server}: {reason[:300]}",
            expected="a running cluster that can be reached from here (VPN, private address, allowed ranges)",
            fix=f"{kubectl} version",
        )
    return Finding(
        where=_WHERE,
        what="this user is not allowed to read the cluster",
        actual=f"{server}: {what}",
        expected="a user who may create namespaces and cluster roles",
        fix=f"{kubectl} auth can-i --list",
    )
