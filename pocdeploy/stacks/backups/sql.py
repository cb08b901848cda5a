"""SQL on the primary of a database, as its superuser, which can connect only from within the pod."""

from __future__ import annotations

import time

from pocdeploy.errors import Finding
from pocdeploy.kube.client import CLUSTERS, KubeClient
from pocdeploy.stacks.backups.errors import BackupError

CONTAINER = "postgres"
ARCHIVE_TIMEOUT = 120.0  # seconds
POLL_INTERVAL = 1.0  # seconds


def primary(api: KubeClient, namespace: str, cluster: str) -> str:
    """Return the pod of the primary; raises BackupError if there is none."""
    found = api.get_or_none(f"{CLUSTERS.format(namespace)}/{cluster}") or {}
    name = (found.get("status") or {}).get("currentPrimary")
    if not name:
        fix = f"kubectl --namespace {namespace} describe cluster {cluster}"
        raise BackupError([Finding(where=f"{namespace}/{cluster}", what="the database has no primary", fix=fix)])
    return str(name)


def has_begun(api: KubeClient, app: str) -> bool:
    """Return whether the database of an application ever had a primary, and so can have data."""
    found = api.get_or_none(f"{CLUSTERS.format(app)}/{app}-db") or {}
    return bool((found.get("status") or {}).get("currentPrimary"))


def run(
    api: KubeClient, namespace: str, cluster: str, statement: str, *, database: str = "postgres", timeout: float = 600.0
) -> str:
    """Run one statement in a transaction of its own; return its rows, with ``|`` between columns."""
    flags = ["--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set", "ON_ERROR_STOP=1"]
    command = ["psql", *flags, "--dbname", database, "--command", statement]
    return api.exec(namespace, primary(api, namespace, cluster), CONTAINER, command, timeout=timeout).strip()


def flush(api: KubeClient, app: str, *, timeout: float = ARCHIVE_TIMEOUT) -> str:
    """Archive all that was committed until now; return the time up to which anything can be restored.

    The message is a transaction: without one after it, a moment cannot be restored. Each statement is one, too, so the
    switch comes after it.

    Raises:
        BackupError: if the archive did not get it within ``timeout`` seconds.
    """
    cluster = f"{app}-db"
    until = run(
        api, app, cluster, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    )
    run(api, app, cluster, "SELECT pg_logical_emit_message(true, 'pocdeploy', 'flush')")
    segment = run(api, app, cluster, "SELECT pg_walfile_name(pg_switch_wal())")
    end = time.monotonic() + timeout
    # Names of histories and of backups begin like those of segments, and are ordered like them.
    query = "SELECT coalesce(last_archived_wal, ''), coalesce(last_failed_wal, ''), failed_count FROM pg_stat_archiver"
    while True:
        archived, _, rest = run(api, app, cluster, query).partition("|")
        if archived[:24] >= segment:
            return until
        if time.monotonic() > end:
            break
        time.sleep(POLL_INTERVAL)
    raise BackupError(
        [
            Finding(
                where=f"{app}/{cluster}",
                what=f"the store did not take the write-ahead log within {timeout:.0f} s",
                actual=f"last archived: {archived or 'nothing'}, last failure and number of failures: {rest}",
                expected=segment,
                fix=f"kubectl --namespace {app} logs {primary(api, app, cluster)} --container plugin-barman-cloud",
            )
        ]
    )
