"""Make a base backup now, and wait for it."""

from __future__ import annotations

import time

from pocdeploy.errors import Finding
from pocdeploy.kube.client import KubeClient
from pocdeploy.stacks.backup_servers import PLUGIN
from pocdeploy.stacks.backups import sql
from pocdeploy.stacks.backups.archive import BACKUPS, Archive
from pocdeploy.stacks.backups.errors import BackupError

TIMEOUT = 3600.0  # seconds
POLL_INTERVAL = 2.0  # seconds


def base_backup(api: KubeClient, archive: Archive, *, timeout: float = TIMEOUT) -> str:
    """Make a base backup of a database; return a sentence with its size and time.

    Raises:
        ApiError: a request to the cluster failed.
        BackupError: it failed, or did not end within ``timeout`` seconds.
    """
    app, began = archive.app, time.monotonic()
    size = sql.run(api, app, f"{app}-db", "SELECT pg_size_pretty(sum(pg_database_size(oid))) FROM pg_database")
    path = BACKUPS.format(app)
    name = api.create(path, manifest(app))["metadata"]["name"]
    while True:
        status = api.get(f"{path}/{name}").get("status") or {}
        seconds = time.monotonic() - began
        if status.get("phase") == "completed":
            # Without the end of its write-ahead log a base backup cannot be restored.
            sql.flush(api, app)
            return f"backed up {size} of databases in {seconds:.0f} s, to {archive.path}"
        if status.get("phase") == "failed" or seconds > timeout:
            break
        time.sleep(POLL_INTERVAL)
    what = "the base backup failed" if status.get("phase") == "failed" else f"no base backup within {timeout:.0f} s"
    fix = f"kubectl --namespace {app} describe backup {name}"
    if pod := (status.get("instanceID") or {}).get("podName"):  # the operator repeats only the exit code
        fix = f"kubectl --namespace {app} logs {pod} --container plugin-barman-cloud --tail 20"
    raise BackupError(
        [Finding(where=f"{app}/{name}", what=what, actual=str(status.get("error") or "no error"), fix=fix)]
    )


def manifest(app: str) -> dict[str, object]:
    """Return the Backup of a database."""
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Backup",
        "metadata": {
            "generateName": f"{app}-db-",
            "namespace": app,
            "labels": {"app.kubernetes.io/part-of": "pocdeploy"},
        },
        "spec": {"cluster": {"name": f"{app}-db"}, "method": "plugin", "pluginConfiguration": {"name": PLUGIN}},
    }
