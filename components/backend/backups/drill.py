"""The weekly drill: a CronJob that restores a moment of a database and compares. Pure functions to dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.backend.backups import scripts
from components.backend.backups.manifests import SIDECAR_IMAGE
from components.backend.clients import LIBPQ_NAMES, POSTGRES_USER_ID
from components.backend.manifests import (
    API_SERVER_PORTS,
    POSTGRES_PORT,
    STATUS_PORT,
    cluster_name,
    connection,
)
from components.shared.manifests import namespace_peer
from pocdeploy.stacks.backups import copies

COMPONENT = "restore-drill"
DEADLINE = 2 * 3600  # seconds


def name(app: str) -> str:
    """Return the name of the drill, of its account, and of the record of its last success."""
    return f"{cluster_name(app)}-drill"


def copy_name(app: str) -> str:
    """Return the name of the temporary cluster.

    The operator creates an account, a Role and a RoleBinding of this name: it must not be that of the drill.
    """
    return f"{name(app)}-copy"


def copy(app: str, cluster: Mapping[str, Any], *, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the temporary cluster of the drill of a Cluster, without the moment that it is restored to."""
    named = {**cluster, "metadata": {"namespace": app}}
    return copies.manifest(copy_name(app), named, database=app, at=None, labels=labels)


def cron_job(app: str, *, namespace: Any, labels: Mapping[str, str], schedule: str, copy: Any) -> dict[str, Any]:
    """Return the CronJob. ``copy`` is the temporary cluster as JSON."""
    fields = {"POD": "metadata.name", "POD_UID": "metadata.uid"}
    container = {
        "name": COMPONENT,
        "image": SIDECAR_IMAGE,
        "command": ["python3", "-c", scripts.DRILL],
        "env": [
            *connection(app, LIBPQ_NAMES),
            {"name": "APP", "value": app},
            {"name": "CLUSTER", "value": copy},
            *({"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}} for key, path in fields.items()),
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    job = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": DEADLINE,
        "template": {"metadata": {"labels": dict(labels)}, "spec": _pod(app, container)},
    }
    return {
        "metadata": {"name": name(app), "namespace": namespace, "labels": dict(labels)},
        "spec": {
            "schedule": schedule,
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {"metadata": {"labels": dict(labels)}, "spec": job},
        },
    }


def _pod(app: str, container: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "serviceAccountName": name(app),
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": POSTGRES_USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }


def rules(app: str) -> list[dict[str, Any]]:
    """Return the rules of the drill's Role: its own temporary cluster, the password of that, and its record."""
    own, copied = {"resourceNames": [name(app)]}, {"resourceNames": [copy_name(app)]}
    clusters = {"apiGroups": ["postgresql.cnpg.io"], "resources": ["clusters"]}
    records = {"apiGroups": [""], "resources": ["configmaps"]}
    return [
        {**clusters, "verbs": ["create"]},
        {**clusters, **copied, "verbs": ["get", "delete"]},
        {**records, "verbs": ["create"]},
        {**records, **own, "verbs": ["get", "delete"]},
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [f"{copy_name(app)}-app"], "verbs": ["get"]},
    ]


def access(app: str, *, namespace: Any, labels: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Return the drill's ServiceAccount, Role and RoleBinding."""
    metadata = {"name": name(app), "namespace": namespace, "labels": dict(labels)}
    role_ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name(app)}
    subject = {"kind": "ServiceAccount", "name": name(app), "namespace": namespace}
    return (
        {"metadata": metadata},
        {"metadata": metadata, "rules": rules(app)},
        {"metadata": metadata, "role_ref": role_ref, "subjects": [subject]},
    )


def policies(
    app: str, labels: Mapping[str, str], *, operator_namespace: str, further_egress: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the policies of the drill and of its temporary cluster, which only the drill and the operator reach."""
    drill, copy = {"matchLabels": dict(labels)}, {"matchLabels": {"cnpg.io/cluster": copy_name(app)}}
    postgres, status = [{"port": port, "protocol": "TCP"} for port in (POSTGRES_PORT, STATUS_PORT)]
    api_server = {"ports": [{"port": port, "protocol": "TCP"} for port in API_SERVER_PORTS]}
    return {
        "drill": {
            "podSelector": drill,
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": copy}], "ports": [postgres]}, api_server],
        },
        "drill-copy": {
            "podSelector": copy,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [{"podSelector": drill}], "ports": [postgres]},
                {"from": [namespace_peer(operator_namespace)], "ports": [postgres, status]},
            ],
            "egress": [api_server, *map(dict, further_egress)],
        },
    }
