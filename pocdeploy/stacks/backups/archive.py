"""What of the deployed databases is backed up, by the objects of their cluster."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pocdeploy.config import Settings
from pocdeploy.kube.client import CLUSTERS, OBJECT_STORES, ApiError, KubeClient
from pocdeploy.stacks.backup_servers import of_cluster

BACKUPS = "/apis/postgresql.cnpg.io/v1/namespaces/{}/backups"


@dataclass(frozen=True, kw_only=True)
class BaseBackup:
    """A base backup, or the attempt to make one."""

    name: str
    phase: str
    started: str
    ended: str = ""
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The archive of a database."""

    app: str
    """Application whose database it is."""
    server: str
    """Name of the archive in the store."""
    path: str
    """Folder of the archive in the store."""
    first: datetime | None = None
    """First moment that can be restored; None until there is a base backup."""
    last_good: datetime | None = None
    """End of the last base backup."""
    last_failed: datetime | None = None
    """Last base backup that failed."""
    backups: Collection[BaseBackup] = field(default=())

    @property
    def window(self) -> str:
        """The moments that can be restored, in words."""
        return f"from {shown(self.first)} until now" if self.first else "none: there is no base backup yet"


def shown(moment: datetime | None) -> str:
    """Return a moment as people and the operator read it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else "never"


def moment(text: Any) -> datetime | None:
    """Return the moment that a text in RFC 3339 names; None for an empty one."""
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None


def owners(settings: Settings) -> list[str]:
    """Return the applications that have a database cluster of their own."""
    return [name for name, app in settings.apps.items() if app.own_database]


def read(api: KubeClient, app: str) -> Archive | None:
    """Return the archive of the database of an application; None if it has none. Raises ApiError."""
    cluster = api.get_or_none(f"{CLUSTERS.format(app)}/{app}-db")
    server = of_cluster(cluster["spec"]) if cluster else None
    if server is None:
        return None
    store = api.get(f"{OBJECT_STORES.format(app)}/{app}-db")
    window = ((store.get("status") or {}).get("serverRecoveryWindow") or {}).get(server) or {}
    backups = [
        _base_backup(it) for it in api.items(BACKUPS.format(app)) if it["spec"]["cluster"]["name"] == f"{app}-db"
    ]
    return Archive(
        app=app,
        server=server,
        path=f"{store['spec']['configuration']['destinationPath']}{server}",
        first=moment(window.get("firstRecoverabilityPoint")),
        last_good=moment(window.get("lastSuccessfulBackupTime")),
        last_failed=moment(window.get("lastFailedBackupTime")),
        backups=sorted(backups, key=lambda it: it.started, reverse=True),
    )


def last_backups(api: KubeClient, apps: Collection[str]) -> dict[str, str]:
    """Return application -> end of its last base backup, as far as the cluster answers."""
    found = {}
    for app in apps:
        try:
            archive = read(api, app)
        except ApiError:
            continue
        if archive and archive.last_good:
            found[app] = shown(archive.last_good)
    return found


def _base_backup(resource: dict[str, Any]) -> BaseBackup:
    status = resource.get("status") or {}
    return BaseBackup(
        name=resource["metadata"]["name"],
        phase=str(status.get("phase") or "pending"),
        started=str(status.get("startedAt") or resource["metadata"].get("creationTimestamp") or ""),
        ended=str(status.get("stoppedAt") or ""),
        error=str(status.get("error") or ""),
    )
