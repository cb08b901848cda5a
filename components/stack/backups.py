"""Create what all databases need for their backups: the plugin of their operator, and access to the store."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pulumi

from components.backend import BackupPlugin, BackupPluginArgs, DatabaseOperator
from components.cluster import Cluster, in_cluster_options
from components.shared.backup_store import BackupStore
from components.stack.config import Program
from pocdeploy.config.backups import Backups
from pocdeploy.config.secrets import BACKUPS, STORE_CREDENTIALS
from pocdeploy.stacks.backups import store_owner


def deploy(program: Program, cluster: Cluster, operator: DatabaseOperator) -> BackupStore | None:
    """Create the plugin, and return the store; None if the stack keeps no backups."""
    settings = program.settings
    if not settings.keeps_backups:
        return None
    store = cluster.backup_store or _bucket(program, settings.backups)
    if cluster.backup_store and settings.backups.store == "s3":
        store = replace(store, owner=owner())
    if cluster.preinstalled.database_operator is not None:
        return store  # the plugin is in the namespace of the operator, which belongs to others
    args = BackupPluginArgs(
        chart=settings.charts.plugin_barman_cloud, client=cluster.client, namespace=operator.namespace
    )
    plugin = BackupPlugin("barman-cloud", args, in_cluster_options(cluster, depends_on=[operator]))
    return replace(store, resources=[*store.resources, plugin], plugin_namespace=operator.namespace)


def has_credentials(program: Program) -> bool:
    """Return whether the credentials of the store are secrets of the stack; otherwise pods use their role."""
    return bool(program.secrets.get(BACKUPS))


def _bucket(program: Program, backups: Backups) -> BackupStore:
    """Return the bucket of the settings. Without credentials the pods use their role."""
    given = program.secrets.get(BACKUPS, {})
    keys = dict(zip(("accessKeyId", "secretAccessKey"), STORE_CREDENTIALS, strict=True))
    return BackupStore(
        bucket=str(backups.bucket),
        prefix=backups.prefix or pulumi.get_stack(),
        endpoint=backups.endpoint,
        region=backups.region,
        credentials={key: given[name] for key, name in keys.items()} if given else None,
        retention=backups.default_retention,
        # A role that was made elsewhere may be limited to the databases' own accounts.
        owner=owner() if given else "",
    )


def owner() -> str:
    """Return the identity of the stack, by which a folder of a store belongs to it."""
    organization = pulumi.get_organization() or "organization"  # empty in tests
    name = f"{organization}/{pulumi.get_project()}/{pulumi.get_stack()}"
    return f"{name} of {store_owner.identity(Path.cwd(), os.environ.get('PULUMI_BACKEND_URL', ''))}"
