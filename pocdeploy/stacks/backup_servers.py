"""Names of the archives of databases: each life of a database has its own.

Barman refuses to archive into the files of another database ("Expected empty archive"), also if it is the same
application's: recreated after `down`, restored, or on a replaced cluster. The name has the time at which that life
began; the deployed Cluster remembers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pocdeploy.config import Settings
from pocdeploy.stacks import data_loss
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, Deployed

PLUGIN = "barman-cloud.cloudnative-pg.io"
"""Name under which the plugin registers with the operator."""


def of_cluster(spec: Mapping[str, Any]) -> str | None:
    """Return the archive that a Cluster writes, by its spec; None if it writes none."""
    plugins = (it for it in spec.get("plugins") or [] if it.get("name") == PLUGIN)
    return next((it["parameters"]["serverName"] for it in plugins), None)


def origin(spec: Mapping[str, Any]) -> str | None:
    """Return the archive that a Cluster was created from, by its spec; None if it began otherwise."""
    source = ((spec.get("bootstrap") or {}).get("recovery") or {}).get("source")
    found = (it for it in spec.get("externalClusters") or [] if source and it.get("name") == source)
    return next((it["plugin"]["parameters"]["serverName"] for it in found), None)


def service_accounts(app: str) -> tuple[str, ...]:
    """Return the ServiceAccounts of pods that use the store for a database: its own, of drill, restore and check."""
    return (f"{app}-db", f"{app}-db-drill-copy", f"{app}-db-restore", check_account(app))


def check_account(app: str) -> str:
    """Return the ServiceAccount of the check of the store, if pods use it with a role."""
    return f"{app}-db-check"


def credentials(app: str) -> str:
    """Return the Secret with the credentials of the store, in the namespace of an application."""
    return f"{app}-db-store"


def name(app: str, settings: Settings, deployed: Deployed, *, now: datetime | None = None) -> str:
    """Return the archive for the database of an application: the deployed one, for a new database a new one.

    Args:
        app: the application.
        settings: all settings; some changes of the cluster replace all databases in it.
        deployed: state of the stack before this run.
        now: the time, by default that of the clock.
    """
    spec = deployed.database(app)
    used = of_cluster(spec) if spec else None
    if used and not data_loss.loses_cluster(settings, deployed):
        return used
    return f"{app}-db-{now or datetime.now(UTC):%Y%m%d-%H%M%S}"


def deployed_servers(deployed: Deployed) -> dict[str, str]:
    """Return application -> archive, for the deployed databases that have one."""
    found = {it.name.removesuffix("-db"): of_cluster(it.spec) for it in deployed.of_type(DATABASE_CLUSTER)}
    return {app: server for app, server in found.items() if server}
