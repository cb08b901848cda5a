"""Chart values and objects of the cluster browser: pure functions from settings to plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

NAMESPACE = "cluster-browser"
SERVICE = "headlamp"
PORT = 80

ROLES = {"readonly": "view", "admin": "cluster-admin"}
"""Mode -> built-in ClusterRole of Kubernetes. ``view`` cannot read Secrets."""


def values(*, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of Headlamp's chart.

    The pod's own account has no rights. Users have the rights of the token with which they log in.
    """
    return {
        "fullnameOverride": SERVICE,
        "podLabels": dict(labels),
        "clusterRoleBinding": {"create": False},
        "config": {"oidc": {"secret": {"create": False}}},
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "securityContext": {
            "runAsNonRoot": True,
            "privileged": False,
            "runAsUser": 100,
            "runAsGroup": 101,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }


def account(mode: Literal["readonly", "admin"], *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the account of the tokens. Its name is the mode."""
    return {"metadata": {"name": mode, "namespace": namespace, "labels": dict(labels)}}


def binding(
    mode: Literal["readonly", "admin"], *, name: str, namespace: Any, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return the binding that gives the account the rights of its mode."""
    return {
        "metadata": {"name": name, "labels": dict(labels)},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ROLES[mode]},
        "subjects": [{"kind": "ServiceAccount", "name": mode, "namespace": namespace}],
    }


def ingress(host: str, *, namespace: Any, class_name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the Ingress of the cluster browser."""
    backend = {"service": {"name": SERVICE, "port": {"number": PORT}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "metadata": {"name": SERVICE, "namespace": namespace, "labels": dict(labels)},
        "spec": {"ingressClassName": class_name, "rules": [{"host": host, "http": {"paths": [path]}}]},
    }
