"""The objects of a database in another application's cluster: pure functions from plain values to dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.backend.manifests import POSTGRES_PORT, cluster_name, locale
from components.shared.manifests import namespace_peer
from pocdeploy.config import Database

CREATED_WITH = ("template", "localeProvider", "localeCollate", "localeCType", "icuLocale", "builtinLocale")
"""Fields of a Database that are read once, when it is created."""
APPLIED = "jsonpath={.status.applied}=true"
"""What Pulumi waits for: the operator has applied the object in PostgreSQL."""
API_VERSION = "postgresql.cnpg.io/v1"


def host(owner: str) -> str:
    """Return the host name of the cluster's primary for clients in other namespaces."""
    return f"{cluster_name(owner)}-rw.{owner}.svc"


def object_name(app: str, owner: str) -> str:
    """Return the name of an application's objects in the namespace of the cluster's owner."""
    return f"{cluster_name(owner)}-{app}"


def _metadata(app: str, owner: str, labels: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return {"name": object_name(app, owner), "namespace": owner, "labels": dict(labels), **more}


def _reclaim(*, keep: bool) -> str:
    return "retain" if keep else "delete"


def role_secret(app: str, owner: str, labels: Mapping[str, str], password: Any) -> dict[str, Any]:
    """Return the Secret with the role's password for the operator, which reads it in the Cluster's namespace."""
    return {
        "metadata": _metadata(app, owner, {**labels, "cnpg.io/reload": "true"}),
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": app, "password": password},
    }


def role(app: str, owner: str, labels: Mapping[str, str], *, keep: bool) -> dict[str, Any]:
    """Return the role of the application, which has rights only in its database.

    PostgreSQL drops it when its object is deleted, unless it is to ``keep`` it.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "DatabaseRole",
        "metadata": _metadata(app, owner, labels, annotations={"pulumi.com/waitFor": APPLIED}),
        "spec": {
            "cluster": {"name": cluster_name(owner)},
            "name": app,
            "login": True,
            "passwordSecret": {"name": object_name(app, owner)},
            "databaseRoleReclaimPolicy": _reclaim(keep=keep),
        },
    }


def database(app: str, owner: str, labels: Mapping[str, str], settings: Database, *, keep: bool) -> dict[str, Any]:
    """Return the database, owned by the application's role, in the cluster with these settings.

    PostgreSQL drops it when its object is deleted, unless it is to ``keep`` it.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "Database",
        "metadata": _metadata(app, owner, labels, annotations={"pulumi.com/waitFor": APPLIED}),
        "spec": {
            "cluster": {"name": cluster_name(owner)},
            "name": app,
            "owner": app,
            # Only this template allows another locale than that of the cluster.
            "template": "template0",
            **locale(settings),
            "databaseReclaimPolicy": _reclaim(keep=keep),
        },
    }


def url(app: str, owner: str, password: str) -> str:
    """Return the URL of the database. The password has only letters and digits, so nothing has to be escaped."""
    return f"postgresql://{app}:{password}@{host(owner)}:{POSTGRES_PORT}/{app}"


def client_secret(
    app: str, owner: str, labels: Mapping[str, str], password: Any, *, uri: Any, namespace: Any
) -> dict[str, Any]:
    """Return the Secret for clients, with the same name and keys as the operator's secret of an own cluster."""
    return {
        "metadata": {"name": f"{cluster_name(app)}-app", "namespace": namespace, "labels": dict(labels)},
        "type": "kubernetes.io/basic-auth",
        "stringData": {
            "username": app,
            "password": password,
            "dbname": app,
            "host": host(owner),
            "port": str(POSTGRES_PORT),
            "uri": uri,
        },
    }


def network_policies(app: str, owner: str) -> dict[str, dict[str, Any]]:
    """Return the policies for clients: ``guests`` for the owner's namespace, ``clients`` for the application's own."""
    pods = {"matchLabels": {"cnpg.io/cluster": cluster_name(owner)}}
    clients = {"matchLabels": {"app.kubernetes.io/name": app}}
    postgres = [{"port": POSTGRES_PORT, "protocol": "TCP"}]
    return {
        "guests": {
            "podSelector": pods,
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{**namespace_peer(app), "podSelector": clients}], "ports": postgres}],
        },
        "clients": {
            "podSelector": clients,
            "policyTypes": ["Egress"],
            "egress": [{"to": [{**namespace_peer(owner), "podSelector": pods}], "ports": postgres}],
        },
    }
