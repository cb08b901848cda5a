"""Choose the database of an application: none, one in its own cluster, or one in another application's cluster."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.backend.backups.archive import Archive
from components.backend.component import Connection, Database, DatabaseArgs, Placement
from components.backend.shared_database import SharedDatabase, SharedDatabaseArgs
from pocdeploy.config import AppSettings
from pocdeploy.stacks.databases import DeployedDatabase


def create_database(
    name: str,
    app: AppSettings,
    *,
    namespace: pulumi.Input[str],
    placement: Placement,
    others: Mapping[str, Connection],
    deployed: DeployedDatabase | None,
    archive: Archive,
    pull_secret: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> Connection:
    """Create the database of an application, and return how to connect to it; empty if it has none.

    ``others`` has the connections of the applications that were created before, which include all shared clusters.
    ``deployed`` is its database in the last state, ``archive`` where it is backed up, ``pull_secret`` the name of the
    Secret for a private image.
    """
    if app.database is None:
        return Connection()
    names = {str(variable): other for variable, other in app.database_env.items()}
    if app.database.shared is None:
        args = DatabaseArgs(
            settings=app.database,
            names=names,
            url_variable=app.database_url,
            namespace=namespace,
            placement=placement,
            deployed=deployed,
            archive=archive,
            pull_secret=pull_secret,
        )
        return Database(name, args, opts).connection
    cluster = others[app.database.shared]
    assert cluster.settings is not None, "the settings require a cluster there"  # for mypy
    guest = SharedDatabaseArgs(
        owner=app.database.shared,
        cluster=cluster,
        settings=cluster.settings,
        names=names,
        url_variable=app.database_url,
        namespace=namespace,
        protect=placement.protect,
    )
    return SharedDatabase(name, guest, opts).connection
