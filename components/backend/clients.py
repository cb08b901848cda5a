"""Containers and Jobs that connect to a database with psql: pure functions from plain values to dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.backend import scripts
from components.backend.manifests import cluster_name, connection
from components.shared.manifests import REPLACE_FAILED_JOB
from pocdeploy.config import Database

POSTGRES_USER_ID = 26
"""User `postgres` of CloudNativePG's images."""
LIBPQ_NAMES = {
    "DATABASE_NAME": "PGDATABASE",
    "DATABASE_USER": "PGUSER",
    "DATABASE_PASSWORD": "PGPASSWORD",
    "DATABASE_HOST": "PGHOST",
    "DATABASE_PORT": "PGPORT",
}
"""Environment variable of a connection -> libpq's name for it."""


def client_container(
    app: str, *, name: str, database: Database, script: str, environment: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Return a container that runs a bash script with psql, which connects as the application does."""
    return {
        "name": name,
        "image": database.image_name,
        "command": ["bash", "-c", script],
        "env": [
            *connection(app, LIBPQ_NAMES),
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
    """Return the init container that ends when the primary answers a query of the application.

    The primary is reported as ready before the operator has set the password of the application's role. In that time,
    half a minute after the first start, it refuses every client.
    """
    return client_container(app, name="wait-for-database", database=database, script=scripts.read("wait"))


def ready_job(app: str, *, namespace: Any, labels: Mapping[str, str], database: Database) -> dict[str, Any]:
    """Return the Job that asks PostgreSQL itself whether all instances serve.

    It connects through the services, as applications do, until every instance has answered with the specified version
    and parameters, so it does not depend on a status (docs/adr/0004). A change of the specification changes the pod
    template, and so replaces the Job.
    """
    name = cluster_name(app)
    asked = {
        "CLUSTER": name,
        "INSTANCES": str(database.instances),
        "MAJOR": str(database.version),
        "QUERY": ready_query(database.parameters),
    }
    environment = [{"name": variable, "value": value} for variable, value in asked.items()]
    container = client_container(
        app, name="ready", database=database, script=scripts.read("ready"), environment=environment
    )
    return client_job(container, namespace=namespace, labels=labels)


def client_job(
    container: Mapping[str, Any],
    *,
    namespace: Any,
    labels: Mapping[str, str],
    annotations: Mapping[str, Any] | None = None,
    init: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return a Job that runs a container of `client_container`, for at most 600 seconds and with three attempts.

    ``annotations`` are set on its pods. ``init`` are its init containers.
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


STREAMING = (
    "CASE WHEN pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) "
    "THEN 'replication' END"
)
"""SQL: the fault of a replica without a connection to the primary. Every role may see the receiver's pid."""


def ready_query(parameters: Mapping[str, str]) -> str:
    """Return the query for an instance's address, major version, role and faults.

    Faults are parameters that differ from ``parameters``, and ``replication`` for a replica without a connection to
    the primary. Values are compared as PostgreSQL reads them: 1GB is 1024MB, 60s is 1min, on is true.
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
