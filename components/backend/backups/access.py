"""What the plugin may do: less than its chart gives it, which is to read, create and delete all Secrets of a cluster.

In Kubernetes an account can give only rights that it has. The plugin creates a Role for each database, which may
read the credentials of the store, so it gets the right to read exactly those, where there is a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pocdeploy.stacks import backup_servers

ACCOUNT = "barman-cloud"
"""ServiceAccount of the plugin."""
GROUP = "rbac.authorization.k8s.io"
READ = ["get", "list", "watch"]


def cluster_rules() -> list[dict[str, Any]]:
    """Return the rules for the whole cluster: what the plugin watches, and the status that it writes."""
    stores, own = "objectstores", ["barmancloud.cnpg.io"]
    return [
        {"apiGroups": own, "resources": [stores], "verbs": READ},
        {"apiGroups": own, "resources": [f"{stores}/status"], "verbs": ["get", "patch", "update"]},
        {"apiGroups": own, "resources": [f"{stores}/finalizers"], "verbs": ["update"]},
        {"apiGroups": ["postgresql.cnpg.io"], "resources": ["backups"], "verbs": READ},
        {"apiGroups": ["postgresql.cnpg.io"], "resources": ["clusters/finalizers"], "verbs": ["update"]},
        {"apiGroups": [GROUP], "resources": ["roles", "rolebindings"], "verbs": READ},
    ]


def rules(app: str, *, has_credentials: bool) -> list[dict[str, Any]]:
    """Return the rules in the namespace of an application with a database.

    Without credentials the Role that the plugin creates names no Secret, which means all Secrets of the namespace.
    """
    names = {"resourceNames": [backup_servers.credentials(app)]} if has_credentials else {}
    return [
        {"apiGroups": [GROUP], "resources": ["roles", "rolebindings"], "verbs": ["create", "patch", "update"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": READ, **names},
    ]


def role(name: str, rules: list[dict[str, Any]], *, labels: Mapping[str, str], namespace: Any = None) -> dict[str, Any]:
    """Return a Role, or without a namespace a ClusterRole."""
    return {"metadata": _metadata(name, labels, namespace), "rules": rules}


def binding(name: str, *, labels: Mapping[str, str], plugin_namespace: str, namespace: Any = None) -> dict[str, Any]:
    """Return what gives the plugin the role of the same name."""
    kind = "Role" if namespace else "ClusterRole"
    return {
        "metadata": _metadata(name, labels, namespace),
        "role_ref": {"apiGroup": GROUP, "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": plugin_namespace}],
    }


def _metadata(name: str, labels: Mapping[str, str], namespace: Any) -> dict[str, Any]:
    return {"name": name, "labels": dict(labels), **({"namespace": namespace} if namespace else {})}
