"""The archive of one database: its place in the store, the credentials for it, and the schedule of its base backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.backend.backups import drill as drills
from components.backend.backups import manifests
from components.backend.manifests import API_SERVER_PORTS
from components.shared import base
from components.shared.backup_store import BackupStore
from pocdeploy.config import Database


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Where a database archives, and where it comes from; empty without a store."""

    store: BackupStore | None = None
    """The store of the stack."""
    server: str = ""
    """Name of the archive (pocdeploy/stacks/backup_servers.py)."""
    drill: str | None = None
    """Line of cron for the drill of the restore; None for no drill."""

    def archives(self, database: Database) -> bool:
        """Return whether a database is backed up."""
        return self.store is not None and database.backup is not None

    def fields(self, app: str, database: Database) -> dict[str, Any]:
        """Return the fields of the spec of a Cluster."""
        plugins = [manifests.plugin(f"{app}-db", self.server, archives=True)] if self.archives(database) else []
        external = manifests.external_clusters(app, database)
        return {
            **({"plugins": plugins} if plugins else {}),
            **({"externalClusters": external} if external else {}),
        }

    def create(
        self, parent: base.Component, app: str, database: Database, namespace: pulumi.Input[str]
    ) -> Sequence[pulumi.Resource]:
        """Create what must exist before the Cluster, and return it."""
        is_copied = database.recovery is not None and database.recovery.from_ is not None
        if self.store is None or not (self.archives(database) or is_copied):
            return []
        labels = base.labels(app, "backup")
        found: list[pulumi.Resource] = [*self.store.resources]
        if self.store.credentials is not None:
            metadata = manifests.credentials(app, namespace=namespace, labels=labels)
            found.append(parent.create_secret(f"{app}-db-store", metadata=metadata, string_data=self.store.credentials))
        retention = (database.backup and database.backup.retention) or self.store.retention
        paths = {f"{app}-db": self.store.path()}
        if other := manifests.origin_store(app, database):
            paths[other[0]] = self.store.path(other[1])
        for name, path in paths.items():
            manifest = manifests.object_store(
                name, app=app, namespace=namespace, labels=labels, store=self.store, path=path, retention=retention
            )
            found.append(parent.create_custom_object(f"{name}-backups", manifest, depends_on=[*self.store.resources]))
        return found

    def schedule(
        self, parent: base.Component, app: str, database: Database, namespace: pulumi.Input[str], after: pulumi.Resource
    ) -> None:
        """Create the schedule of base backups; the first one is made at once, so all instances must archive before it.

        ``after`` is created when they do.
        """
        if not self.archives(database) or database.backup is None:
            return
        labels: Mapping[str, str] = base.labels(app, "backup")
        manifest = manifests.scheduled_backup(
            app, namespace=namespace, labels=labels, schedule=database.backup.schedule
        )
        parent.create_custom_object(f"{app}-db-schedule", manifest, depends_on=[after])

    def create_drill(
        self,
        parent: base.Component,
        app: str,
        manifest: Mapping[str, Any],
        namespace: pulumi.Input[str],
        *,
        operator_namespace: str,
        after: pulumi.Resource,
    ) -> None:
        """Create the drill of a database, ``after`` its Cluster, which ``manifest`` describes."""
        if self.drill is None or "plugins" not in manifest["spec"]:
            return
        labels, name = base.labels(app, drills.COMPONENT), drills.name(app)
        rules = manifests.egress(self.store, API_SERVER_PORTS)
        policies = drills.policies(app, labels, operator_namespace=operator_namespace, further_egress=rules)
        parent.create_network_policies(app, namespace, policies)
        account, role, binding = drills.access(app, namespace=namespace, labels=labels)
        needed = [
            k8s.core.v1.ServiceAccount(name, **account, opts=parent.child()),
            k8s.rbac.v1.Role(f"{name}-role", **role, opts=parent.child()),
            k8s.rbac.v1.RoleBinding(f"{name}-binding", **binding, opts=parent.child()),
        ]
        copy = pulumi.Output.json_dumps(drills.copy(app, manifest, labels=labels))
        job = drills.cron_job(app, namespace=namespace, labels=labels, schedule=self.drill, copy=copy)
        k8s.batch.v1.CronJob(f"{name}-job", **job, opts=parent.child(depends_on=[after, *needed]))
