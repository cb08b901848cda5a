"""Values and objects of the cluster browser: pure functions from settings to plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

NAMESPACE = "cluster-browser"
SERVICE = "headlamp"
PORT = 80

ROLES = {"readonly": "view", "admin": "cluster-admin"}
"""Mode -> ClusterRole of Kubernetes itself. ``view`` shows no Secrets."""


def values(*, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of Headlamp's chart.

    The pod has an account to find the API server with, and no rights at all: what a person may do is what the token
    may that they log in with.
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
    """Return the account that tokens are made for; its name says what they are good for."""
    return {"metadata": {"name": mode, "namespace": namespace, "labels": dict(labels)}}


def binding(
    mode: Literal["readonly", "admin"], *, name: str, namespace: Any, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return what gives the account its right, and no other."""
    return {
        "metadata": {"name": name, "labels": dict(labels)},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ROLES[mode]},
        "subjects": [{"kind": "ServiceAccount", "name": mode, "namespace": namespace}],
    }


def ingress(host: str, *, namespace: Any, class_name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the place at the gateway."""
    backend = {"service": {"name": SERVICE, "port": {"number": PORT}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "metadata": {"name": SERVICE, "namespace": namespace, "labels": dict(labels)},
        "spec": {"ingressClassName": class_name, "rules": [{"host": host, "http": {"paths": [path]}}]},
    }
