"""A database that is created as a copy of another one: bootstrap of its Cluster, and the Job that masks the copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.backend.backups.manifests import bootstrap as from_store
from components.backend.clients import client_container, client_job, wait_container
from components.backend.manifests import locale, pull_secrets
from pocdeploy.config import Database

SCRIPT = """\
set -euo pipefail
export PGAPPNAME=mask
psql --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction --quiet --command "$MASK"
echo "masked"
"""
"""One transaction: a copy is either masked completely or not at all."""
MASKED_ONCE = ["spec.template.spec"]
"""What does not change in the Job of a masked database. The rest of it changes with the database."""


def bootstrap(app: str, database: Database) -> dict[str, Any]:
    """Return how a Cluster is initialised: empty, or as a copy. Owner and database have the name ``app``.

    For a copy, the operator sets a new password for the owner, as in the secret that it creates
    (https://cloudnative-pg.io/docs/current/recovery).
    """
    own = {"database": app, "owner": app}
    recovery = database.recovery
    if recovery is None:
        return {"initdb": {**own, **locale(database)}}
    if recovery.from_ is not None:
        return from_store(app, database)
    if recovery.backup is not None:
        return {"recovery": {**own, "backup": {"name": recovery.backup}}}
    storage = {"name": recovery.volume_snapshot, "kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"}
    return {"recovery": {**own, "volumeSnapshots": {"storage": storage}}}


def mask_job(
    app: str,
    *,
    namespace: Any,
    labels: Mapping[str, str],
    database: Database,
    sql: str,
    identity: Any,
    pull_secret: Any = None,
) -> dict[str, Any]:
    """Return the Job that masks the copy, with the role of the application. Migrations wait for it.

    ``sql`` is the contents of the recovery's file. ``identity`` is that of the database: a recreated database is
    masked again. ``pull_secret`` is the name of the Secret for the database's image.
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
        pull_secrets=pull_secrets(database, pull_secret),
    )
