"""The objects of one PostgreSQL: pure functions from plain values to plain dicts; Outputs pass through as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pocdeploy.config import Database

POSTGRES_PORT = 5432
STATUS_PORT = 8000
"""Where the operator and the other instances ask an instance how it is."""
METRICS_PORT = 9187
POSTGRES_USER_ID = 26
"""User `postgres` of CloudNativePG's images."""

HAS_PRIMARY = "jsonpath={.status.currentPrimary}"
"""What Pulumi waits for at the Cluster itself; that the primary serves is for `wait_container` to see, and that all
instances do for `ready_job`. The condition `Ready` is no use here: it wants all replicas, and may be that of an older
spec, since a Cluster has no observedGeneration (cloudnative-pg#11390)."""


STATEMENTS = {
    "pg_stat_statements.max": "500",
    # Values in statements of these kinds are not replaced: ALTER ROLE … PASSWORD is one of them.
    "pg_stat_statements.track_utility": "off",
}
"""Any parameter of the extension makes the operator load it, and create it in every database (its documentation,
"PostgreSQL configuration")."""

LIBPQ = {
    "DATABASE_NAME": "DATABASE",
    "DATABASE_USER": "USER",
    "DATABASE_PASSWORD": "PASSWORD",
    "DATABASE_HOST": "HOST",
    "DATABASE_PORT": "PORT",
}
"""A connection's variables -> libpq's, without its prefix PG."""


ONLY_ITS_OWN = ("host sameuser all all scram-sha-256", "host all all all reject")
"""Over the network a role gets into the database that is called like it, and into no other (docs/adr/0008). Without
this every role may connect to every database, since PostgreSQL grants CONNECT to PUBLIC. The operator's own rules, for
replication and for the local socket, come before these."""


def cluster_name(app: str) -> str:
    """Return the name of an application's Cluster; services and the secret are called after it."""
    return f"{app}-db"


def cluster(
    app: str,
    *,
    namespace: Any,
    labels: Mapping[str, str],
    database: Database,
    storage_class: str | None,
    topology_key: str,
    watched: bool = False,
    topology_domains: int | None = None,
    bootstrap: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return CloudNativePG's Cluster, which begins with ``bootstrap`` or else empty.

    With ``watched`` it keeps statistics of statements, and its exporter tells them.

    Database and owner are called like the application; the operator makes the password and the secret
    ``<cluster>-app`` with all that a client needs (https://cloudnative-pg.io/docs/current/applications).
    """
    replicated = database.instances > 1
    parameters = {**(STATEMENTS if watched else {}), **database.parameters}
    postgresql: dict[str, Any] = {"parameters": parameters, "pg_hba": list(ONLY_ITS_OWN)}
    if replicated:
        # A commit is acknowledged when one replica has it, so losing the primary loses nothing. `preferred` goes on
        # without replicas rather than stopping, and lets the first migration run before the first replica has joined.
        postgresql["synchronous"] = {
            "method": "any",
            "number": 1,
            "dataDurability": "preferred",
            "failoverQuorum": True,
        }
    storage = {"size": database.storage} | ({"storageClass": storage_class} if storage_class else {})
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {
            "name": cluster_name(app),
            "namespace": namespace,
            "labels": dict(labels),
            "annotations": {"pulumi.com/waitFor": HAS_PRIMARY},
        },
        "spec": {
            "instances": database.instances,
            "imageName": database.image_name,
            "storage": storage,
            "bootstrap": dict(bootstrap or {"initdb": {"database": app, "owner": app}}),
            "postgresql": postgresql,
            "enableSuperuserAccess": False,
            # With one instance a disruption budget would only keep its node from being drained.
            "enablePDB": replicated,
            "affinity": {
                "enablePodAntiAffinity": True,
                "podAntiAffinityType": "required" if database.instances <= (topology_domains or 0) else "preferred",
                "topologyKey": topology_key,
            },
            "primaryUpdateStrategy": "unsupervised",
            "primaryUpdateMethod": "switchover",
            # Seconds; the defaults (1800, 180, 3600) are for databases that take half an hour to shut down.
            "stopDelay": 60,
            # A smart shutdown waits for clients to leave. Those of a web application stay connected, and the next
            # primary waits for the old one to end: with 15 s a killed primary cost 24 s of writes, with 1 s 4 s.
            "smartShutdownTimeout": 1,
            "switchoverDelay": 60,
            "resources": database.resources.model_dump(),
            **({"monitoring": {"customQueriesConfigMap": [DEFAULT_QUERIES, _queries(app)]}} if watched else {}),
        },
    }


DEFAULT_QUERIES = {"name": "cnpg-default-monitoring", "key": "queries"}
"""The operator's own. Its webhook would put them in front of the list, and a refresh would show that as drift."""


def _queries(app: str) -> dict[str, str]:
    return {"name": f"{cluster_name(app)}-queries", "key": "queries"}


def queries(app: str, *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the ConfigMap with what the exporter asks beside the default queries; a change of it is read at once."""
    where = _queries(app)
    text = (Path(__file__).parent / "statements.yaml").read_text(encoding="utf-8")
    return {
        "metadata": {"name": where["name"], "namespace": namespace, "labels": {**labels, "cnpg.io/reload": ""}},
        "data": {where["key"]: text},
    }


def connection(app: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the environment of a client, read from the operator's secret; ``names`` gives a variable another name."""
    keys = {
        "DATABASE_NAME": "dbname",
        "DATABASE_USER": "username",
        "DATABASE_PASSWORD": "password",
        "DATABASE_HOST": "host",
        "DATABASE_PORT": "port",
    }
    secret = f"{cluster_name(app)}-app"
    return [
        {"name": names.get(variable, variable), "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for variable, key in keys.items()
    ]


def client_container(
    app: str, *, name: str, database: Database, script: str, environment: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Return a container with psql that connects as the application does, and runs a script with bash."""
    libpq = {variable: f"PG{key}" for variable, key in LIBPQ.items()}
    return {
        "name": name,
        "image": database.image_name,
        "command": ["bash", "-c", script],
        "env": [
            *connection(app, libpq),
            {"name": "PGCONNECT_TIMEOUT", "value": "3"},
            *map(dict, environment),
        ],
        "securityContext": {
            "runAsUser": POSTGRES_USER_ID,
            "runAsGroup": POSTGRES_USER_ID,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def wait_container(app: str, database: Database) -> dict[str, Any]:
    """Return the init container that ends when the primary answers the application.

    A primary counts as ready before the operator has given the application's role its password: for half a minute
    after the first start it refused every client.
    """
    return client_container(app, name="wait-for-database", database=database, script=_script("wait"))


def ready_job(app: str, *, namespace: Any, labels: Mapping[str, str], database: Database) -> dict[str, Any]:
    """Return the Job that asks PostgreSQL itself whether the whole cluster serves.

    It connects through the services, as applications do, until every instance has answered with the version and the
    parameters that were asked for: no stale status can fool it (docs/adr/0004). Another spec is another pod template,
    so another Job.
    """
    name = cluster_name(app)
    asked = {
        "CLUSTER": name,
        "INSTANCES": str(database.instances),
        "MAJOR": str(database.version),
        "QUERY": ready_query(database.parameters),
    }
    environment = [{"name": variable, "value": value} for variable, value in asked.items()]
    container = client_container(app, name="ready", database=database, script=_script("ready"), environment=environment)
    return client_job(container, namespace=namespace, labels=labels)


def client_job(
    container: Mapping[str, Any],
    *,
    namespace: Any,
    labels: Mapping[str, str],
    annotations: Mapping[str, Any] | None = None,
    init: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return a Job around a container of `client_container`: at most 600 seconds, three tries.

    ``annotations`` are those of its pods, ``init`` the containers that end before it begins.
    """
    return {
        "metadata": {"namespace": namespace, "labels": dict(labels), "annotations": REPLACE_FAILED_JOB},
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": 600,
            "template": {
                "metadata": {"labels": dict(labels)} | ({"annotations": dict(annotations)} if annotations else {}),
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": POSTGRES_USER_ID,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    **({"initContainers": list(init)} if init else {}),
                    "containers": [container],
                },
            },
        },
    }


def verified(app: str, *, namespace: Any, labels: Mapping[str, str], database: Database) -> dict[str, Any]:
    """Return the record of which specification of the database was seen in force.

    Another specification is another record, which is made only when the gate has seen it (components/backend/gate.py).
    It has no name of its own: the new record is there before the old one goes.
    """
    asked = {
        "cluster": cluster_name(app),
        "instances": str(database.instances),
        "image": database.image_name,
        "specification": database.model_dump_json(by_alias=True),
    }
    return {"metadata": {"namespace": namespace, "labels": dict(labels)}, "immutable": True, "data": asked}


def _script(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sh").read_text(encoding="utf-8")


STREAMING = (
    "CASE WHEN pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) "
    "THEN 'replication' END"
)
"""What is wrong with a replica that streams from nobody. Every role may see that there is a receiver, and its pid."""


def ready_query(parameters: Mapping[str, str]) -> str:
    """Return the query for an instance's address, major version, role, and what is wrong with it, if anything.

    Wrong are parameters that differ from these, and a replica without a connection to the primary (``replication``).

    Values are compared as PostgreSQL understands them: 1GB is 1024MB, 60s is 1min, on is true.
    """
    wanted = ", ".join(f"({_literal(name)}, {_literal(value)})" for name, value in sorted(parameters.items()))
    differing = f"""
        SELECT string_agg(name, ',') FROM pg_settings JOIN (VALUES {wanted}) AS wanted (key, value) ON key = name
        WHERE NOT CASE
            WHEN vartype = 'bool' THEN setting::bool = value::bool
            WHEN unit IN ('ms', 's', 'min') AND value ~ '[a-z]' THEN (setting || unit)::interval = value::interval
            WHEN unit IS NOT NULL AND value ~ '[A-Za-z]'
                THEN setting::numeric * pg_size_bytes(unit) = pg_size_bytes(value)
            WHEN vartype IN ('integer', 'real') THEN setting::numeric = value::numeric
            ELSE setting = value
        END"""  # noqa: S608 -- names and values are quoted by _literal
    return (
        "SELECT host(inet_server_addr()), current_setting('server_version_num')::int / 10000, pg_is_in_recovery(), "
        f"concat_ws(',', ({differing if wanted else 'SELECT NULL'}), {STREAMING})"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


REPLACE_FAILED_JOB = {"pulumi.com/replaceUnready": "true"}
"""A Job that has failed is made anew by the next `pulumi up`, rather than waited for again (pulumi-kubernetes#856)."""


def network_policies(
    app: str, *, clients: Mapping[str, str], operator_namespace: str, monitoring_namespace: str | None
) -> dict[str, dict[str, Any]]:
    """Return what the database's pods may (serve, replicate, be managed and scraped), and that clients may reach them.

    Args:
        app: the application.
        clients: labels of the pods that may connect.
        operator_namespace: where the operator runs.
        monitoring_namespace: where Prometheus runs, if it does.
    """
    pods = {"matchLabels": {"cnpg.io/cluster": cluster_name(app)}}
    may_connect = {"matchLabels": dict(clients)}
    postgres, status, metrics = [
        {"port": port, "protocol": "TCP"} for port in (POSTGRES_PORT, STATUS_PORT, METRICS_PORT)
    ]
    # An instance reports to the API server, whose address no selector can name: any address, its usual ports.
    api_server = [{"port": port, "protocol": "TCP"} for port in (443, 6443, 8443)]
    return {
        "database": {
            "podSelector": pods,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [{"podSelector": may_connect}], "ports": [postgres]},
                {"from": [{"podSelector": pods}], "ports": [postgres, status]},
                {"from": [in_namespace(operator_namespace)], "ports": [postgres, status]},
                *([{"from": [prometheus(monitoring_namespace)], "ports": [metrics]}] if monitoring_namespace else []),
            ],
            "egress": [{"to": [{"podSelector": pods}], "ports": [postgres, status]}, {"ports": api_server}],
        },
        "database-clients": {
            "podSelector": may_connect,
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": pods}], "ports": [postgres]}],
        },
    }


def in_namespace(name: str) -> dict[str, Any]:
    """Return the peer that means every pod of a namespace."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def prometheus(namespace: str) -> dict[str, Any]:
    """Return the peer that means Prometheus, and not what else runs in its namespace."""
    # The label that the Prometheus operator gives its pods.
    return {**in_namespace(namespace), "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}}
