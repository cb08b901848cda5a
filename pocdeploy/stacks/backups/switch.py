"""Put the contents of a restored copy in the place of a database, whose own contents stay beside it.

The contents are loaded into a new database of the same cluster. Then two databases change their names in one
transaction, while no client is connected: an interruption at any point leaves either the old or the restored contents.
Roles, Secrets, Services, replicas and the archive stay what they are.
"""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

from pocdeploy import fixes
from pocdeploy.errors import Finding
from pocdeploy.kube.client import KubeClient
from pocdeploy.stacks.backups import sql
from pocdeploy.stacks.backups.errors import BackupError

LOAD_TIMEOUT = 4 * 3600.0  # seconds
SCRIPTS = Path(__file__).parent / "scripts"


def load(api: KubeClient, owner: str, app: str, copy: str) -> str:
    """Load the database of an application from a copy into a new database of the cluster of ``owner``; return its name.

    Raises:
        ApiError: a request to the cluster failed, or a command in the pod.
        BackupError: the volume has no room for it.
    """
    cluster, new = f"{owner}-db", f"{app}_restored"
    _check_room(api, owner, app, cluster)
    secret = api.get(f"/api/v1/namespaces/{owner}/secrets/{copy}-app")["data"]["password"]
    password = base64.b64decode(secret).decode()
    arguments = [app, new, f"{copy}-rw"]
    pod = sql.primary(api, owner, cluster)
    command = ["bash", "-c", script("load"), "load", *arguments]
    api.exec(owner, pod, sql.CONTAINER, command, stdin=f"{password}\n", timeout=LOAD_TIMEOUT)
    return new


def script(name: str) -> str:
    """Return the text of a script that runs in the pod of the primary."""
    return (SCRIPTS / f"{name}.sh").read_text(encoding="utf-8")


def reopen(api: KubeClient, owner: str, app: str) -> None:
    """Let clients connect again to the database of an application, if a switch was killed in its middle."""
    sql.run(api, owner, f"{owner}-db", f'ALTER DATABASE "{app}" ALLOW_CONNECTIONS true')


def switch(api: KubeClient, owner: str, app: str, new: str, *, now: datetime) -> str:
    """Let the application use the database ``new``; return the name under which its old database stays."""
    old = f"{app}_before_{now:%Y%m%d%H%M%S}"
    pod = sql.primary(api, owner, f"{owner}-db")
    api.exec(owner, pod, sql.CONTAINER, ["bash", "-c", script("switch"), "switch", app, new, old], timeout=120.0)
    return old


def _check_room(api: KubeClient, owner: str, app: str, cluster: str) -> None:
    """Raise BackupError unless the volume has room for a second database and for the log of loading it."""
    size = int(sql.run(api, owner, cluster, f"SELECT pg_database_size('{app}')"))
    command = ["df", "--block-size=1", "--output=avail,size", "/var/lib/postgresql/data"]
    free, total = map(int, api.exec(owner, sql.primary(api, owner, cluster), sql.CONTAINER, command).split()[-2:])
    if (missing := 2 * size - free) > 0:
        raise BackupError(
            [
                Finding(
                    where=f"{owner}/{cluster}",
                    what="the volume has no room for the restored database beside the old one",
                    actual=f"{free / 2**20:.0f} MiB free",
                    expected=f"{2 * size / 2**20:.0f} MiB: twice the size of the database {app}",
                    fix=fixes.set_text(f"apps.{owner}.database.storage", f"{-(-(total + missing) // 2**30)}Gi"),
                )
            ]
        )
