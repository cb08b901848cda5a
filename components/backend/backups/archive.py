"""The archive of one database: its place in the store, the credentials for it, and the schedule of its base backups."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.backend.backups import access, check, manifests
from components.backend.backups import drill as drills
from components.backend.manifests import API_SERVER_PORTS
from components.shared import base
from components.shared.backup_store import BackupStore
from pocdeploy.config import Database
from pocdeploy.stacks import backup_servers


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Where a database archives, and where it comes from; empty without a store."""

    store: BackupStore | None = None
    """The store of the stack."""
    server: str = ""
    """Name of the archive (pocdeploy/stacks/backup_servers.py)."""
    explain: pulumi.ErrorHook | None = None
    """Explains a failed check of the store."""
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
        found += self._rights(parent, app, namespace)
        return [*found, *self._check(parent, app, namespace, found)]

    def _rights(self, parent: base.Component, app: str, namespace: pulumi.Input[str]) -> Sequence[pulumi.Resource]:
        """Create what the plugin may do in the namespace, if this stack installs it."""
        store = self.store
        if store is None or store.plugin_namespace is None:
            return []
        labels, name = base.labels(app, "backup"), f"{app}-db-backup-plugin"
        rules = access.rules(app, has_credentials=store.credentials is not None)
        role = access.role(name, rules, labels=labels, namespace=namespace)
        binding = access.binding(name, labels=labels, plugin_namespace=store.plugin_namespace, namespace=namespace)
        return [
            k8s.rbac.v1.Role(f"{name}-role", **role, opts=parent.child()),
            k8s.rbac.v1.RoleBinding(f"{name}-binding", **binding, opts=parent.child()),
        ]

    def _check(
        self, parent: base.Component, app: str, namespace: pulumi.Input[str], needed: Sequence[pulumi.Resource]
    ) -> Sequence[pulumi.Resource]:
        """Create the check of a store that others can use, too; return nothing for a store of this stack alone."""
        store = self.store
        if store is None or not store.owner:
            return []
        labels = base.labels(app, check.COMPONENT)
        policies = parent.create_network_policies(app, namespace, check.policies(labels, store))
        accounts: list[pulumi.Resource] = []
        if store.credentials is None:
            metadata: Any = {"name": backup_servers.check_account(app), "namespace": namespace, "labels": labels}
            accounts.append(k8s.core.v1.ServiceAccount(f"{app}-db-check", metadata=metadata, opts=parent.child()))
        keys = pulumi.Output.json_dumps(dict(store.credentials or {}))
        checksum = pulumi.Output.unsecret(keys.apply(lambda it: hashlib.sha256(it.encode()).hexdigest()[:16]))
        stack = pulumi.get_stack()
        manifest = check.job(app, namespace=namespace, labels=labels, store=store, stack=stack, checksum=checksum)
        hooks = pulumi.ResourceHookBinding(on_error=[self.explain] if self.explain else [])
        options = parent.child(depends_on=[*needed, *policies, *accounts], hooks=hooks)
        return [k8s.batch.v1.Job(f"{app}-db-check-job", **manifest, opts=options)]

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
