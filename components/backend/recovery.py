"""A copy of another database to begin with: what CloudNativePG begins with, and the Job that masks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.backend.manifests import client_container, client_job, wait_container
from pocdeploy.config import Database

SCRIPT = """\
set -euo pipefail
export PGAPPNAME=mask
psql --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction --quiet --command "$MASK"
echo "masked"
"""
"""As one transaction: a copy that is masked by half does not stay."""


def bootstrap(app: str, database: Database) -> dict[str, Any]:
    """Return what a Cluster begins with: an empty database, or a copy. Owner and database are called like ``app``.

    With a recovery the operator sets the owner's password anew, as in the secret that it makes
    (https://cloudnative-pg.io/docs/current/recovery).
    """
    own = {"database": app, "owner": app}
    recovery = database.recovery
    if recovery is None:
        return {"initdb": own}
    if recovery.backup is not None:
        return {"recovery": {**own, "backup": {"name": recovery.backup}}}
    storage = {"name": recovery.volume_snapshot, "kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"}
    return {"recovery": {**own, "volumeSnapshots": {"storage": storage}}}


def mask_job(
    app: str, *, namespace: Any, labels: Mapping[str, str], database: Database, sql: str, identity: Any
) -> dict[str, Any]:
    """Return the Job that masks the copy, as the application's own role; migrations wait for it.

    ``sql`` is the text of the recovery's file, ``identity`` that of the database: another one is masked anew.
    """
    container = client_container(
        app, name="mask", database=database, script=SCRIPT, environment=[{"name": "MASK", "value": sql}]
    )
    return client_job(
        container,
        namespace=namespace,
        labels=labels,
        annotations={"pocdeploy.dev/database": identity},
        init=[wait_container(app, database)],
    )
