"""The objects of one PostgreSQL cluster: pure functions from plain values to dicts. Outputs pass through unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.shared.manifests import namespace_peer, prometheus_peer
from pocdeploy import versions
from pocdeploy.config import Database

POSTGRES_PORT = 5432
STATUS_PORT = 8000
"""Port where the operator and other instances read the state of an instance."""
METRICS_PORT = 9187
API_SERVER_PORTS = (443, 6443, 8443)
"""Usual ports of the API server, to which an instance reports. No selector can name its address."""

HAS_PRIMARY = "jsonpath={.status.currentPrimary}"
"""When Pulumi regards the Cluster as created: then its dependents start. `clients.wait_container` waits until the
primary answers, and the gate until all instances are ready. The condition `Ready` cannot be used: it needs all
replicas, and it can belong to an older specification (cloudnative-pg#11390)."""

STATEMENTS = {
    "pg_stat_statements.max": "500",
    # PostgreSQL does not replace values in such statements, for example in ALTER ROLE … PASSWORD.
    "pg_stat_statements.track_utility": "off",
}
"""Any parameter of the extension makes the operator load it and create it in every database
(https://cloudnative-pg.io/docs/current/postgresql_conf)."""

ONLY_ITS_OWN = ("host sameuser all all scram-sha-256", "host all all all reject")
"""Over the network, a role can connect only to the database with its name (docs/adr/0008). Without this rule every
role can connect to every database, because PostgreSQL grants CONNECT to PUBLIC. The operator's own rules, for
replication and the local socket, come before these."""

DEFAULT_QUERIES = {"name": "cnpg-default-monitoring", "key": "queries"}
"""The operator's own queries. Its webhook adds them to the list, and a refresh would show that as drift."""


def cluster_name(app: str) -> str:
    """Return the name of an application's Cluster, from which the operator names its services and secret."""
    return f"{app}-db"


def cluster(
    app: str,
    *,
    namespace: Any,
    labels: Mapping[str, str],
    database: Database,
    storage_class: str | None,
    topology_key: str,
    is_monitored: bool = False,
    topology_domains: int | None = None,
    bootstrap: Mapping[str, Any],
    pull_secret: Any = None,
    backup: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return CloudNativePG's Cluster, which is initialised from ``bootstrap``.

    If ``is_monitored``, it collects statistics of statements and its exporter serves them. The operator creates the
    password and the secret ``<cluster>-app`` for clients (https://cloudnative-pg.io/docs/current/applications).
    ``pull_secret`` is the name of the Secret for an image that the user has set, ``backup`` has the fields for it.
    """
    waiting = {"pulumi.com/waitFor": HAS_PRIMARY}
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": cluster_name(app), "namespace": namespace, "labels": dict(labels), "annotations": waiting},
        "spec": {
            "instances": database.instances,
            "imageName": database.image_name,
            **pull_secrets(database, pull_secret),
            "storage": _volume(database.storage, storage_class),
            **({"walStorage": _volume(database.wal_storage, storage_class)} if database.wal_storage else {}),
            "bootstrap": dict(bootstrap),
            "postgresql": _postgresql(database, is_monitored=is_monitored),
            "enableSuperuserAccess": False,
            # With one instance, a disruption budget would only block the drain of its node.
            "enablePDB": database.instances > 1,
            "affinity": _affinity(database, topology_key, topology_domains),
            **_shutdown(),
            "resources": database.resources.model_dump(),
            **({"monitoring": {"customQueriesConfigMap": [DEFAULT_QUERIES, _queries(app)]}} if is_monitored else {}),
            **(backup or {}),
        },
    }


def pull_secrets(database: Database, name: Any) -> dict[str, Any]:
    """Return the field with the Secret ``name`` for an image of the user's; the default images need none."""
    is_default = database.image_name.startswith(f"{versions.POSTGRESQL_REPOSITORY}:")
    return {} if name is None or is_default else {"imagePullSecrets": [{"name": name}]}


def _volume(size: str, storage_class: str | None) -> dict[str, Any]:
    return {"size": size} | ({"storageClass": storage_class} if storage_class else {})


def locale(database: Database) -> dict[str, str]:
    """Return the fields for the locale of a new database, for ``initdb`` and for a Database alike.

    CloudNativePG's default is C, in which upper('ä') is 'ä'. PostgreSQL 17 has a C.UTF-8 of its own, which no update of
    a library changes (https://www.postgresql.org/docs/current/locale.html).
    """
    name = database.locale_name
    if name == "C.UTF-8" and database.version >= 17:
        return {"localeProvider": "builtin", "builtinLocale": name}
    if name in ("C", "C.UTF-8"):
        return {"localeCollate": name, "localeCType": name}
    return {"localeProvider": "icu", "icuLocale": name, "localeCType": "C.UTF-8"}


def parameters(database: Database, *, is_monitored: bool) -> dict[str, str]:
    """Return the parameters of PostgreSQL; those of the user come first."""
    return {**(STATEMENTS if is_monitored else {}), **database.all_parameters}


def _postgresql(database: Database, *, is_monitored: bool) -> dict[str, Any]:
    postgresql: dict[str, Any] = {
        "parameters": parameters(database, is_monitored=is_monitored),
        "pg_hba": list(ONLY_ITS_OWN),
    }
    if database.instances > 1:
        # A commit is acknowledged when one replica has it, so the loss of the primary loses no data. With `preferred`
        # the primary also accepts writes without a replica; the first migration runs before a replica has joined.
        postgresql["synchronous"] = {
            "method": "any",
            "number": 1,
            "dataDurability": "preferred",
            "failoverQuorum": True,
        }
    return postgresql


def _affinity(database: Database, topology_key: str, topology_domains: int | None) -> dict[str, Any]:
    return {
        "enablePodAntiAffinity": True,
        "podAntiAffinityType": "required" if database.instances <= (topology_domains or 0) else "preferred",
        "topologyKey": topology_key,
    }


def _shutdown() -> dict[str, Any]:
    """Return how instances are updated and stopped; times in seconds."""
    return {
        "primaryUpdateStrategy": "unsupervised",
        "primaryUpdateMethod": "switchover",
        # The defaults of stopDelay and smartShutdownTimeout (1800, 180) are for databases that take half an hour to
        # shut down.
        "stopDelay": 60,
        # A smart shutdown waits until clients disconnect, but a web application stays connected, and the next primary
        # waits for the old one to end: with 15 s a killed primary cost 24 s of writes, with 1 s it cost 4 s.
        "smartShutdownTimeout": 1,
        # In a switchover, the old primary sends the rest of its log before the new one starts. After this delay it is
        # stopped at once, and what no replica has is lost, so it is the default, the longest. It costs no time: the
        # switchover goes on as soon as the old primary has ended.
        "switchoverDelay": 3600,
    }


def _queries(app: str) -> dict[str, str]:
    return {"name": f"{cluster_name(app)}-queries", "key": "queries"}


def queries(app: str, *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the ConfigMap with additional queries of the exporter. The operator reloads it when it changes."""
    reference = _queries(app)
    text = (Path(__file__).parent / "statements.yaml").read_text(encoding="utf-8")
    return {
        "metadata": {"name": reference["name"], "namespace": namespace, "labels": {**labels, "cnpg.io/reload": ""}},
        "data": {reference["key"]: text},
    }


def connection(app: str, names: Mapping[str, str], *, url: str | None = None) -> list[dict[str, Any]]:
    """Return the environment of a client, read from the operator's secret.

    ``names`` renames variables. ``url`` is the name of a variable with all of it in one URL; None for no such variable.
    """
    keys = {
        "DATABASE_NAME": "dbname",
        "DATABASE_USER": "username",
        "DATABASE_PASSWORD": "password",
        "DATABASE_HOST": "host",
        "DATABASE_PORT": "port",
    }
    secret = f"{cluster_name(app)}-app"
    named = {names.get(variable, variable): key for variable, key in keys.items()} | ({url: "uri"} if url else {})
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for variable, key in named.items()
    ]


_NOT_RECORDED: dict[str, Any] = {"backup": True, "recovery": {"from_", "target_time"}}


def verified(
    app: str,
    *,
    namespace: Any,
    labels: Mapping[str, str],
    database: Database,
    operator: str | None = None,
    server: str | None = None,
) -> dict[str, Any]:
    """Return the record of the specification that the gate has seen in force (components/backend/gate.py).

    The version of the operator's chart belongs to it: another operator updates every instance. So does the name of the
    archive, since backups add a container to every instance; how often it is backed up changes no instance.

    Another specification is another ConfigMap, because this one is immutable and Pulumi chooses its name: the new
    record is created, after the gate has passed, before the old one is deleted.
    """
    data = {
        "cluster": cluster_name(app),
        "instances": str(database.instances),
        "image": database.image_name,
        "specification": database.model_dump_json(by_alias=True, exclude=_NOT_RECORDED),
        **({"operator": operator} if operator else {}),
        **({"archive": server} if server else {}),
    }
    return {"metadata": {"namespace": namespace, "labels": dict(labels)}, "immutable": True, "data": data}


def network_policies(
    app: str,
    *,
    clients: Mapping[str, str],
    operator_namespace: str,
    monitoring_namespace: str | None,
    further_egress: Sequence[Mapping[str, Any]] = (),
) -> dict[str, dict[str, Any]]:
    """Return the policy for the database's pods, and the policy that lets clients connect to them.

    Args:
        app: the application.
        clients: labels of the pods that may connect.
        operator_namespace: namespace of the operator.
        monitoring_namespace: namespace of Prometheus, if there is one.
        further_egress: rules for what else the instances may reach.
    """
    pods, client_pods = {"matchLabels": {"cnpg.io/cluster": cluster_name(app)}}, {"matchLabels": dict(clients)}
    postgres, status, metrics = [
        {"port": port, "protocol": "TCP"} for port in (POSTGRES_PORT, STATUS_PORT, METRICS_PORT)
    ]
    ingress: list[dict[str, Any]] = [
        {"from": [{"podSelector": client_pods}], "ports": [postgres]},
        {"from": [{"podSelector": pods}], "ports": [postgres, status]},
        {"from": [namespace_peer(operator_namespace)], "ports": [postgres, status]},
    ]
    if monitoring_namespace:
        ingress.append({"from": [prometheus_peer(monitoring_namespace)], "ports": [metrics]})
    api_server = [{"port": port, "protocol": "TCP"} for port in API_SERVER_PORTS]
    return {
        "database": {
            "podSelector": pods,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": [{"to": [{"podSelector": pods}], "ports": [postgres, status]}, {"ports": api_server}]
            + [dict(rule) for rule in further_egress],
        },
        "database-clients": {
            "podSelector": client_pods,
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": pods}], "ports": [postgres]}],
        },
    }
