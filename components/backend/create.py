"""The one choice between no database, one in a cluster of the application's own, and one in another's cluster."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.backend.component import Connection, Database, DatabaseArgs
from components.backend.shared import SharedDatabase, SharedDatabaseArgs
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import AppSettings


def create_database(
    name: str,
    app: AppSettings,
    *,
    access: ClusterClient,
    namespace: pulumi.Input[str],
    storage_class: str | None,
    topology_key: str,
    topology_domains: int | None,
    protect: bool,
    operator_namespace: str,
    monitoring_namespace: str | None,
    others: Mapping[str, Connection],
    opts: pulumi.ResourceOptions,
) -> Connection:
    """Create the database that an application asks for, if it asks for one.

    ``others`` has the connections of the applications that were deployed before, those with clusters among them.
    """
    if app.database is None:
        return Connection()
    names = {str(variable): other for variable, other in app.database_env.items()}
    if app.database.shared is not None:
        cluster = others[app.database.shared]
        assert cluster.settings is not None, "the settings see to it that it has a cluster"  # for mypy
        guest = SharedDatabaseArgs(
            owner=app.database.shared, cluster=cluster, settings=cluster.settings, names=names, namespace=namespace
        )
        return SharedDatabase(name, guest, opts).connection
    args = DatabaseArgs(
        settings=app.database,
        access=access,
        names=names,
        namespace=namespace,
        storage_class=storage_class,
        topology_key=topology_key,
        topology_domains=topology_domains,
        protect=protect,
        operator_namespace=operator_namespace,
        monitoring_namespace=monitoring_namespace,
    )
    return Database(name, args, opts).connection
