"""Database: the PostgreSQL of one application, run by CloudNativePG."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.backend import changes, clients, gate, manifests, recovery
from components.backend.backups import manifests as backup_manifests
from components.backend.backups.archive import Archive
from components.shared import base
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import Database as DatabaseSettings
from pocdeploy.stacks.databases import DeployedDatabase

WEBHOOK_ATTEMPTS = 12
WEBHOOK_INTERVAL = 5.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How an application connects to its database; empty for an application without one."""

    environment: Sequence[dict[str, Any]] = ()
    """Environment variables that refer to the operator's secret."""
    service: str | None = None
    """Host and port of the primary, for outputs."""
    database: str | None = None
    """Name of the database."""
    settings: DatabaseSettings | None = None
    """Settings of the cluster that has the database."""
    pods: dict[str, str] = field(default_factory=dict)
    """Labels of the cluster's pods."""
    identity: pulumi.Input[str] | None = None
    """Changes when the database is recreated, and then it is empty."""
    resources: Sequence[pulumi.Resource] = ()
    """Resources that must exist before a client starts."""
    wait: Sequence[dict[str, Any]] = ()
    """Init containers that end when the primary serves."""
    scrape: Sequence[ScrapeTarget] = ()
    """Pods with metrics."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where the databases of a stack run."""

    client: ClusterClient
    """The cluster, to check the state of a database."""
    storage_class: str | None
    """StorageClass of the volumes; None for the cluster's default."""
    topology_key: str
    """Node label over which instances are spread."""
    topology_domains: int | None
    """Number of values of that label, if it is known."""
    protect: bool
    """Whether Pulumi refuses to delete a database."""
    operator_namespace: str
    """Namespace of CloudNativePG."""
    operator_version: str | None
    """Version of its chart; None if the cluster has its own operator."""
    monitoring_namespace: str | None
    """Namespace of Prometheus, if there is one."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """Inputs of a database."""

    settings: DatabaseSettings
    """Instances, version, storage."""
    names: dict[str, str]
    """Environment variable -> the name that the application uses for it."""
    url_variable: str | None = None
    """Environment variable with the URL of the database; None for none."""
    namespace: pulumi.Input[str]
    """Namespace of the application. The operator's secret can be read only there."""
    placement: Placement
    """Where the database runs."""
    deployed: DeployedDatabase | None = None
    """The database in the stack's last state; None for a new one."""
    archive: Archive = field(default_factory=Archive)
    """Where it is backed up."""
    pull_secret: pulumi.Input[str] | None = None
    """Name of the Secret for a private image of PostgreSQL, if there is one."""


class Database(base.Component):
    """A replicated PostgreSQL. It is complete when all instances serve.

    Clients of a new database start when its primary serves, those of a changed one when the change is in force.
    """

    connection: Connection

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        manifest = self._manifest(name, args)
        cluster = self._cluster(name, args, manifest)
        policies = manifests.network_policies(
            name,
            clients={"app.kubernetes.io/name": name},
            operator_namespace=args.placement.operator_namespace,
            monitoring_namespace=args.placement.monitoring_namespace,
            further_egress=backup_manifests.egress(args.archive.store, manifests.API_SERVER_PORTS),
        )
        self.create_network_policies(name, args.namespace, policies)
        verified = self._verified(name, args, cluster)
        args.archive.schedule(self, name, args.settings, args.namespace, verified)
        operator = args.placement.operator_namespace
        args.archive.create_drill(self, name, manifest, args.namespace, operator_namespace=operator, after=cluster)
        cluster_name = manifests.cluster_name(name)
        pods = {"cnpg.io/cluster": cluster_name}
        self.connection = Connection(
            environment=manifests.connection(name, args.names, url=args.url_variable),
            service=f"{cluster_name}-rw.{name}.svc:{manifests.POSTGRES_PORT}",
            database=name,
            settings=args.settings,
            pods=pods,
            identity=uid(cluster),
            resources=[cluster, *self._mask(name, args, cluster), *([verified] if args.deployed else [])],
            wait=[clients.wait_container(name, args.settings)],
            scrape=[
                ScrapeTarget(name=cluster_name, role="database", namespace=name, match_labels=pods, port="metrics")
            ],
        )
        self.register_outputs({"service": self.connection.service})

    def _manifest(self, name: str, args: DatabaseArgs) -> dict[str, Any]:
        placement = args.placement
        return manifests.cluster(
            name,
            namespace=args.namespace,
            labels=base.labels(name, "database"),
            database=args.settings,
            storage_class=placement.storage_class,
            topology_key=placement.topology_key,
            is_monitored=placement.monitoring_namespace is not None,
            topology_domains=placement.topology_domains,
            bootstrap=recovery.bootstrap(name, args.settings),
            pull_secret=args.pull_secret,
            backup=args.archive.fields(name, args.settings),
        )

    def _cluster(self, name: str, args: DatabaseArgs, manifest: Mapping[str, Any]) -> k8s.apiextensions.CustomResource:
        labels, placement = base.labels(name, "database"), args.placement
        queries = []
        if placement.monitoring_namespace is not None:
            config = manifests.queries(name, namespace=args.namespace, labels=labels)
            queries = [k8s.core.v1.ConfigMap(f"{name}-db-queries", **config, opts=self.child())]
        return self.create_custom_object(
            f"{name}-db",
            manifest,
            depends_on=[*queries, *args.archive.create(self, name, args.settings, args.namespace)],
            hooks=pulumi.ResourceHookBinding(
                before_update=[*changes.hooks(name, args.settings, args.deployed, placement.client)],
                on_error=[_error_hook(name, placement.client)],
            ),
            # It is read once, when the database is created.
            ignore_changes=["spec.bootstrap"],
            custom_timeouts=pulumi.CustomTimeouts(create="10m", update="10m"),
            protect=placement.protect,
        )

    def _verified(self, name: str, args: DatabaseArgs, cluster: pulumi.Resource) -> pulumi.Resource:
        """Create the record of the specification that the gate has seen in force. It is created after the gate."""
        labels = base.labels(name, "database-verified")
        server = args.archive.server if args.archive.archives(args.settings) else None
        manifest = manifests.verified(
            name,
            namespace=args.namespace,
            labels=labels,
            database=args.settings,
            operator=args.placement.operator_version,
            server=server,
        )
        is_known = args.deployed is None or args.deployed.operator == args.placement.operator_version
        hook = gate.hook(
            f"{name}-db-verified",
            args.placement.client,
            name,
            args.settings,
            archives=server is not None,
            new_operator=None if is_known else args.placement.operator_namespace,
        )
        return k8s.core.v1.ConfigMap(
            f"{name}-db-verified",
            **manifest,
            opts=self.child(depends_on=[cluster], hooks=pulumi.ResourceHookBinding(before_create=[hook])),
        )

    def _mask(self, name: str, args: DatabaseArgs, cluster: k8s.apiextensions.CustomResource) -> list[k8s.batch.v1.Job]:
        """Create the Job that masks a copied database before a client reads it; none if the database is not a copy.

        When it has succeeded, the data is live. Another image or text does not run it again; another database does.
        """
        if args.settings.recovery is None or args.settings.recovery.mask is None:
            return []
        manifest = recovery.mask_job(
            name,
            namespace=args.namespace,
            labels=base.labels(name, "database-mask"),
            database=args.settings,
            sql=Path(args.settings.recovery.mask).read_text(encoding="utf-8"),
            identity=uid(cluster),
            pull_secret=args.pull_secret,
        )
        is_masked = args.deployed is not None and args.deployed.is_masked
        options = self.child(
            depends_on=[cluster],
            custom_timeouts=pulumi.CustomTimeouts(create="11m"),
            ignore_changes=recovery.MASKED_ONCE if is_masked else [],
        )
        return [k8s.batch.v1.Job(f"{name}-db-mask", **manifest, opts=options)]


def uid(resource: k8s.apiextensions.CustomResource) -> pulumi.Output[str]:
    """Return the UID of an object. It changes when the object is recreated under the same name."""
    # The SDK's CustomResource declares no properties, but has those of every object.
    metadata: pulumi.Output[dict[str, str]] = pulumi.get(resource, "metadata")
    # A preview has no UID where the API server cannot do a dry run, for example because the namespace does not exist.
    return metadata.apply(lambda known: known.get("uid", "") if pulumi.runtime.is_dry_run() else known["uid"])


def _error_hook(name: str, client: ClusterClient) -> pulumi.ErrorHook:
    """Return a hook that retries while the operator's webhook is unreachable, and explains any other failure.

    The operator is ready shortly before its Service leads to it, and the API server refuses every Cluster until then
    (cloudnative-pg#6271). Other errors are not retried.
    """

    async def retry(args: pulumi.ErrorHookArgs) -> bool:
        if len(args.errors) > WEBHOOK_ATTEMPTS or "failed calling webhook" not in args.errors[0]:
            return False
        await asyncio.sleep(WEBHOOK_INTERVAL)
        return True

    return gate.error_hook(f"{name}-db-failed", client, name, retry)
