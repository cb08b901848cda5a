"""The objects of backups: pure functions from plain values to dicts. Outputs pass through unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.backend.backups import access
from components.shared.backup_store import BackupStore
from pocdeploy import versions
from pocdeploy.config import Database
from pocdeploy.stacks import backup_servers
from pocdeploy.stacks.backup_servers import PLUGIN

PLUGIN_PORT = 9090
ORIGIN = "origin"
"""Name of the database that a copy comes from, in the spec of the copy."""
ROLE_ENDPOINT = "169.254.170.23/32"
"""Where pods on AWS get the credentials of their role: the agent of pod identities on their node."""
SIDECAR_IMAGE = f"ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:{versions.BARMAN_CLOUD}"
"""It has Python, psycopg2 and boto3, and the nodes have it already."""
KEYS = ("accessKeyId", "secretAccessKey")


def plugin_values(checksum: Any) -> dict[str, Any]:
    """Return the values of the plugin's chart. ``checksum`` is one of its certificates."""
    tag = {"tag": versions.BARMAN_CLOUD}
    return {
        "image": tag,
        "sidecarImage": tag,
        # They would need cert-manager.
        "certificate": {"createIssuer": False, "createClientCertificate": False, "createServerCertificate": False},
        # See access.py.
        "rbac": {"create": False},
        "serviceAccount": {"name": access.ACCOUNT},
        "podAnnotations": {"pocdeploy.dev/certificates": checksum},
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
    }


def plugin_policies() -> dict[str, dict[str, Any]]:
    """Return the policy that lets only the operator connect to the plugin."""
    return {
        "plugin": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": "plugin-barman-cloud"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "cloudnative-pg"}}}],
                    "ports": [{"port": PLUGIN_PORT, "protocol": "TCP"}],
                }
            ],
        }
    }


def credentials(app: str, *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata of the Secret with the credentials of the store."""
    return {"name": backup_servers.credentials(app), "namespace": namespace, "labels": dict(labels)}


def object_store(
    name: str, *, app: str, namespace: Any, labels: Mapping[str, str], store: BackupStore, path: Any, retention: str
) -> dict[str, Any]:
    """Return the ObjectStore ``name``: a folder of the store, with the credentials of an application."""
    configuration: dict[str, Any] = {
        "destinationPath": path,
        **({"endpointURL": store.endpoint} if store.endpoint else {}),
        "s3Credentials": _s3_credentials(app, store),
        "wal": {"compression": "gzip"},
        "data": {"compression": "gzip"},
    }
    return {
        "apiVersion": "barmancloud.cnpg.io/v1",
        "kind": "ObjectStore",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {
            "configuration": configuration,
            "retentionPolicy": retention,
            "instanceSidecarConfiguration": {
                # A base backup needs 180 MB.
                "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                **({"env": [{"name": "AWS_DEFAULT_REGION", "value": store.region}]} if store.region else {}),
            },
        },
    }


def _s3_credentials(app: str, store: BackupStore) -> dict[str, Any]:
    if store.credentials is None:
        return {"inheritFromIAMRole": True}
    return {key: {"name": backup_servers.credentials(app), "key": key} for key in KEYS}


def plugin(object_store: str, server: str, *, archives: bool = False) -> dict[str, Any]:
    """Return the reference to an archive in an ObjectStore, for a Cluster that ``archives`` there or reads it."""
    parameters = {"barmanObjectName": object_store, "serverName": server}
    # The API server would add these defaults, and a refresh would show that as drift.
    return {"name": PLUGIN, "parameters": parameters, "enabled": True, "isWALArchiver": archives}


def scheduled_backup(app: str, *, namespace: Any, labels: Mapping[str, str], schedule: str) -> dict[str, Any]:
    """Return the ScheduledBackup of a database. The first base backup is made at once."""
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "ScheduledBackup",
        "metadata": {"name": f"{app}-db", "namespace": namespace, "labels": dict(labels)},
        "spec": {
            # The operator's lines begin with a field for seconds.
            "schedule": schedule if schedule.startswith("@") else f"0 {schedule}",
            "immediate": True,
            "backupOwnerReference": "cluster",
            "cluster": {"name": f"{app}-db"},
            "method": "plugin",
            "pluginConfiguration": {"name": PLUGIN},
        },
    }


def egress(store: BackupStore | None, allowed: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return the rules that let the pods of a database reach the store, beside the ports that are ``allowed``.

    No selector can name the address of a store outside of the cluster.
    """
    rules: list[dict[str, Any]] = []
    if store and store.port not in allowed:
        rules.append({"ports": [{"port": store.port, "protocol": "TCP"}]})
    if store and store.credentials is None:
        rules.append({"to": [{"ipBlock": {"cidr": ROLE_ENDPOINT}}], "ports": [{"port": 80, "protocol": "TCP"}]})
    return rules


def bootstrap(app: str, database: Database) -> dict[str, Any]:
    """Return the bootstrap of a database that begins as a copy from a store, at a moment or at the newest one."""
    recovery = database.recovery
    assert recovery is not None, "the caller has checked it"  # for mypy
    target = {"recoveryTarget": {"targetTime": recovery.target_time}} if recovery.target_time else {}
    return {"recovery": {"database": app, "owner": app, "source": ORIGIN, **target}}


def origin_store(app: str, database: Database) -> tuple[str, str] | None:
    """Return name and prefix of the ObjectStore that a copy is read from; None if it is that of the database."""
    source = database.recovery.from_ if database.recovery else None
    prefix = source.rpartition("/")[0] if source else ""
    return (f"{app}-db-{ORIGIN}", prefix) if prefix else None


def external_clusters(app: str, database: Database) -> list[dict[str, Any]]:
    """Return the field ``externalClusters`` of a database that begins as a copy from a store; otherwise empty."""
    source = database.recovery.from_ if database.recovery else None
    if source is None:
        return []
    other = origin_store(app, database)
    return [{"name": ORIGIN, "plugin": plugin(other[0] if other else f"{app}-db", source.rpartition("/")[2])}]
