"""Database: one application's PostgreSQL, run by CloudNativePG."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.backend import gate, manifests, recovery
from components.shared import base
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import Database as DatabaseSettings

WEBHOOK_ATTEMPTS = 12
WEBHOOK_PAUSE = 5.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What a frontend has to know of its database; empty for an application without one."""

    environment: Sequence[dict[str, Any]] = ()
    """Environment variables that refer to the operator's secret."""
    service: str | None = None
    """Host and port of the primary, for outputs."""
    database: str | None = None
    settings: DatabaseSettings | None = None
    """Of the cluster that the database is in."""
    pods: dict[str, str] = field(default_factory=dict)
    """Labels of the database's pods."""
    identity: pulumi.Input[str] | None = None
    """Another value means another, empty database, whatever its name."""
    resources: Sequence[pulumi.Resource] = ()
    """What has to be there before a client starts."""
    wait: Sequence[dict[str, Any]] = ()
    """Init containers that end when the primary serves."""
    scrape: Sequence[ScrapeTarget] = ()


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """What a database is made from."""

    settings: DatabaseSettings
    """Instances, version, storage."""
    names: dict[str, str]
    """Variables that the application wants under another name."""
    access: ClusterClient
    """The cluster, to ask how the database is."""
    namespace: pulumi.Input[str]
    """The application's namespace; the operator's secret can only be read there."""
    storage_class: str | None
    topology_key: str
    """Node label over which instances are spread."""
    topology_domains: int | None
    """How many values of it there are, if that is known."""
    protect: bool
    """Whether Pulumi refuses to delete the database."""
    operator_namespace: str
    """Where CloudNativePG runs."""
    monitoring_namespace: str | None
    """Where Prometheus runs, if it does."""


class Database(base.Component):
    """A replicated PostgreSQL. A migration can begin when its primary serves; the component is done when all do."""

    connection: Connection

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        manifest = manifests.cluster(
            name,
            namespace=args.namespace,
            labels=base.labels(name, "database"),
            database=args.settings,
            storage_class=args.storage_class,
            topology_key=args.topology_key,
            watched=args.monitoring_namespace is not None,
            topology_domains=args.topology_domains,
            bootstrap=recovery.bootstrap(name, args.settings),
        )
        queries = []
        if args.monitoring_namespace is not None:
            config = manifests.queries(name, namespace=args.namespace, labels=base.labels(name, "database"))
            queries = [k8s.core.v1.ConfigMap(f"{name}-db-queries", **config, opts=self.child())]
        cluster = k8s.apiextensions.CustomResource(
            f"{name}-db",
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=manifest["metadata"],
            spec=manifest["spec"],
            opts=self.child(
                depends_on=queries,
                hooks=pulumi.ResourceHookBinding(on_error=[_on_failure(name, args.access)]),
                custom_timeouts=pulumi.CustomTimeouts(create="10m", update="10m"),
                protect=args.protect,
            ),
        )
        policies = manifests.network_policies(
            name,
            clients={"app.kubernetes.io/name": name},
            operator_namespace=args.operator_namespace,
            monitoring_namespace=args.monitoring_namespace,
        )
        base.network_policies(self, name, args.namespace, policies)
        ready = manifests.ready_job(
            name,
            namespace=args.namespace,
            labels=base.labels(name, "database-ready"),
            database=args.settings,
        )
        k8s.batch.v1.Job(
            f"{name}-db-ready",
            **ready,
            opts=self.child(
                depends_on=[cluster],
                custom_timeouts=pulumi.CustomTimeouts(create="11m"),
                hooks=pulumi.ResourceHookBinding(
                    on_error=[gate.on_failure(f"{name}-db-ready-failed", args.access, name)]
                ),
            ),
        )
        # Beside the Job, not before it: that would cost the time of its pod's start.
        k8s.core.v1.ConfigMap(
            f"{name}-db-verified",
            **manifests.verified(
                name,
                namespace=args.namespace,
                labels=base.labels(name, "database-verified"),
                database=args.settings,
            ),
            opts=self.child(
                depends_on=[cluster],
                hooks=pulumi.ResourceHookBinding(
                    before_create=[gate.hook(f"{name}-db-verified", args.access, name, args.settings)]
                ),
            ),
        )
        cluster_name = manifests.cluster_name(name)
        pods = {"cnpg.io/cluster": cluster_name}
        self.connection = Connection(
            environment=manifests.connection(name, args.names),
            service=f"{cluster_name}-rw.{name}.svc:{manifests.POSTGRES_PORT}",
            database=name,
            settings=args.settings,
            pods=pods,
            identity=uid(cluster),
            resources=[cluster, *self._mask(name, args, cluster)],
            wait=[manifests.wait_container(name, args.settings)],
            scrape=[
                ScrapeTarget(name=cluster_name, role="database", namespace=name, match_labels=pods, port="metrics")
            ],
        )
        self.register_outputs({"service": self.connection.service})

    def _mask(self, name: str, args: DatabaseArgs, cluster: k8s.apiextensions.CustomResource) -> list[k8s.batch.v1.Job]:
        """Create the Job that masks a copy, if the database begins with one; nothing reads the copy before."""
        if args.settings.recovery is None:
            return []
        manifest = recovery.mask_job(
            name,
            namespace=args.namespace,
            labels=base.labels(name, "database-mask"),
            database=args.settings,
            sql=Path(args.settings.recovery.mask).read_text(encoding="utf-8"),
            identity=uid(cluster),
        )
        timeouts = pulumi.CustomTimeouts(create="11m")
        return [
            k8s.batch.v1.Job(
                f"{name}-db-mask", **manifest, opts=self.child(depends_on=[cluster], custom_timeouts=timeouts)
            )
        ]


def uid(resource: k8s.apiextensions.CustomResource) -> pulumi.Output[str]:
    """Return the identity of an object: another object has another one, whatever its name."""
    # The SDK's CustomResource declares no properties, though it has those that every object has.
    metadata: pulumi.Output[dict[str, str]] = pulumi.get(resource, "metadata")
    # A preview has no uid where the API server cannot try the object out: its namespace may not be there yet.
    return metadata.apply(lambda known: known.get("uid", "") if pulumi.runtime.is_dry_run() else known["uid"])


def _on_failure(name: str, access: ClusterClient) -> pulumi.ErrorHook:
    """Return a hook that tries again while the webhook cannot be reached yet, and explains any other failure.

    The operator is ready a moment before its Service leads to it, and the API server then refuses every Cluster
    (cloudnative-pg#6271). Any other error is final at once.
    """

    async def again(args: pulumi.ErrorHookArgs) -> bool:
        if len(args.errors) > WEBHOOK_ATTEMPTS or "failed calling webhook" not in args.errors[0]:
            return False
        await asyncio.sleep(WEBHOOK_PAUSE)
        return True

    return gate.on_failure(f"{name}-db-failed", access, name, again)
