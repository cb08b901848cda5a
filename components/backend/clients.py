"""Containers and Jobs that connect to a database with psql: pure functions from plain values to dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.backend import scripts
from components.backend.manifests import connection
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


def client_job(
    container: Mapping[str, Any],
    *,
    namespace: Any,
    labels: Mapping[str, str],
    annotations: Mapping[str, Any] | None = None,
    init: Sequence[Mapping[str, Any]] = (),
    pull_secrets: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a Job that runs a container of `client_container`, for at most 600 seconds and with three attempts.

    ``annotations`` are set on its pods. ``init`` are its init containers, ``pull_secrets`` the field
    ``imagePullSecrets`` with its name.
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
                    **(pull_secrets or {}),
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
