"""Create one application: each part uses values of the parts before it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.backend import Archive, Connection, DatabaseOperator, Placement, create_database
from components.cluster import Cluster, in_cluster_options
from components.frontend import Frontend, FrontendArgs
from components.gateway import Gateway
from components.image import AppImage, AppImageArgs
from components.namespace import AppNamespace, AppNamespaceArgs
from components.shared.backup_store import BackupStore
from components.shared.failures import error_hook
from components.stack.config import Program
from components.stack.outputs import Deployed
from pocdeploy.config import AppSettings, source_files
from pocdeploy.release import hosts
from pocdeploy.source import migrations
from pocdeploy.source.commit import last_commit
from pocdeploy.stacks import administrators, backup_servers, data_loss
from pocdeploy.stacks.databases import find
from pocdeploy.stacks.deployed import DEPLOYMENT


def deploy_all(
    program: Program, cluster: Cluster, operator: DatabaseOperator, store: BackupStore | None, gateway: Gateway
) -> list[Deployed]:
    """Create every application, and return them in the order of the settings. ``store`` is that of their backups.

    An application with its own database cluster is created before those that share it.
    """
    apps = program.settings.apps
    deployed: dict[str, Deployed] = {}
    for name in sorted(apps, key=lambda name: apps[name].own_database is None):  # stable: otherwise as in the settings
        line = administrators.kept(name, apps[name], program.deployed, kubectl=cluster.kubectl)
        if line:
            pulumi.log.warn(line)
        databases = {other: done.database for other, done in deployed.items()}
        deployed[name] = deploy(name, program, cluster, operator, gateway, store=store, databases=databases)
    return [deployed[name] for name in apps]


def deploy(
    name: str,
    program: Program,
    cluster: Cluster,
    operator: DatabaseOperator,
    gateway: Gateway,
    *,
    store: BackupStore | None,
    databases: Mapping[str, Connection],
) -> Deployed:
    """Create namespace, image, database and frontend of an application; ``databases`` are those created before."""
    app, options = program.settings.apps[name], in_cluster_options(cluster)
    image, namespace = _image(name, program, cluster), _namespace(name, app, cluster)
    placement = _placement(program, cluster, operator)
    database = _database(
        name, program, cluster, operator, namespace=namespace, placement=placement, store=store, others=databases
    )
    args = FrontendArgs(
        app=app,
        namespace=namespace.namespace,
        client=cluster.client,
        image=image,
        database=database,
        secrets=program.secrets.get(name, {}),
        breaking_query=_breaking_query(name, program),
        **_addresses(name, program, cluster),
        pull_secret=namespace.pull_secret,
        route=gateway.route,
        monitoring_namespace=placement.monitoring_namespace,
        commit=_commit(app),
        keeps_volumes=not data_loss.loses_cluster(program.settings, program.deployed),
        **_of_the_cluster(cluster),
    )
    return Deployed(name=name, app=app, image=image, database=database, frontend=Frontend(name, args, options))


def _breaking_query(name: str, program: Program) -> str | None:
    if program.settings.apps[name].commands.check_migrations != "source":
        return None
    return migrations.query(source_files.read(Path(program.sources[name].context)))


def _commit(app: AppSettings) -> str | None:
    # An image that is given by its digest can be of another commit.
    return None if app.image else last_commit(Path(str(app.path)), Path(app.patches) if app.patches else None)


def _database(
    name: str,
    program: Program,
    cluster: Cluster,
    operator: DatabaseOperator,
    *,
    namespace: AppNamespace,
    placement: Placement,
    store: BackupStore | None,
    others: Mapping[str, Connection],
) -> Connection:
    return create_database(
        name,
        program.settings.apps[name],
        namespace=namespace.namespace,
        placement=placement,
        others=others,
        deployed=find(program.deployed, name),
        archive=_archive(name, program, cluster, store),
        pull_secret=namespace.pull_secret,
        opts=in_cluster_options(cluster, depends_on=[operator]),
    )


def _archive(name: str, program: Program, cluster: Cluster, store: BackupStore | None) -> Archive:
    server = backup_servers.name(name, program.settings, program.deployed)
    summary = f"The database of {name} was not changed: the store of its backups cannot be used."
    explain = error_hook(f"{name}-db-check-failed", summary, cluster.client, namespace=name) if store else None
    return Archive(store=store, server=server, drill=program.settings.backups.drill, explain=explain)


def _namespace(name: str, app: AppSettings, cluster: Cluster) -> AppNamespace:
    protect = cluster.protect and app.has_data
    args = AppNamespaceArgs(pull_config=cluster.registry.pull_secret, protect=protect)
    return AppNamespace(name, args, in_cluster_options(cluster))


def _of_the_cluster(cluster: Cluster) -> dict[str, Any]:
    return {
        "topology_key": cluster.topology_key,
        "node_selector": cluster.node_selector,
        "storage_class": cluster.storage_class,
        "protect": cluster.protect,
    }


def _addresses(name: str, program: Program, cluster: Cluster) -> dict[str, Any]:
    """Return the URLs of an application, and who calls it."""
    first, *others = [cluster.exposure.url(host) for host in program.settings.apps[name].all_hosts]
    return {
        "url": first,
        "more_urls": others,
        "callers": program.settings.callers(name),
        "previous": _previous(name, program, cluster),
    }


def _previous(name: str, program: Program, cluster: Cluster) -> tuple[str, str] | None:
    """Return host and URL of an application before the current ones; None if it always had the same."""
    deployment = program.deployed.find(DEPLOYMENT, f"{name}-deployment")
    configured = [*program.settings.apps[name].all_hosts, hosts.internal_host(name)]
    host = hosts.previous(configured, deployment.spec if deployment else None)
    return (host, cluster.exposure.url(host)) if host else None


def _placement(program: Program, cluster: Cluster, operator: DatabaseOperator) -> Placement:
    return Placement(
        client=cluster.client,
        storage_class=cluster.storage_class,
        topology_key=cluster.topology_key,
        topology_domains=cluster.topology_domains,
        protect=cluster.protect,
        operator_namespace=operator.namespace,
        operator_version=operator.version,
        monitoring_namespace=cluster.preinstalled.monitoring_namespace(program.settings.monitoring.namespace),
    )


def _image(name: str, program: Program, cluster: Cluster) -> pulumi.Output[str]:
    """Return the image by digest: the one of the settings, or one that is built while the cluster is created."""
    app = program.settings.apps[name]
    if app.image is not None:
        return pulumi.Output.from_input(app.image)
    args = AppImageArgs(
        source=program.sources[name],
        registry=cluster.registry,
        platform=cluster.platform,
        build_args=app.build_args,
        tag=app.version or pulumi.get_stack(),
    )
    return AppImage(name, args).reference
