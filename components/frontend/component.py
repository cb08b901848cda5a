"""Frontend: a web application, from its secrets to its place at the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import _base
from components.access import Access
from components.backend import Connection
from components.frontend import manifests, rollout
from components.frontend.credentials import Credentials, CredentialsArgs
from components.scrape import ScrapeTarget
from pocdeploy.settings import AppSettings

TIMEOUTS = pulumi.CustomTimeouts(create="3m", update="3m")


@dataclass(frozen=True, kw_only=True)
class FrontendArgs:
    """What a frontend is made from."""

    app: AppSettings
    """The application's settings."""
    namespace: pulumi.Input[str]
    access: Access
    """The cluster, to ask why a rollout failed, and to take it back."""
    image: pulumi.Input[str]
    """Image by digest."""
    database: Connection
    """Empty for an application without a database."""
    secrets: Mapping[str, pulumi.Output[str]]
    """Variable -> secret that was set with ``pulumi config set --secret``."""
    url: str
    """Where a browser finds the application, ending with ``/``."""
    ingress_class: str
    address_timeout: str
    """How long it may take until the Ingress has an address."""
    gateway_namespace: str
    monitoring_namespace: str | None
    """Where Prometheus runs, if it does."""
    topology_key: str
    """Node label over which replicas are spread."""


class Frontend(_base.Component):
    """Secrets, then migrations, then the administrator, then the pods: each waits for the one before it."""

    url: str
    admin_url: str
    admin_password: pulumi.Output[str]
    scrape: list[ScrapeTarget]

    def __init__(self, name: str, args: FrontendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("frontend", name, opts)
        app = args.app
        credentials = Credentials(
            f"{name}-credentials",
            CredentialsArgs(app=app, namespace=args.namespace, given=args.secrets),
            self.child(),
        )
        site = manifests.Site(
            name=name,
            namespace=args.namespace,
            app=app,
            image=args.image,
            environment=args.database.environment,
            wait=args.database.wait,
            database_identity=args.database.identity,
            secret=credentials.environment_secret,
            origin=args.url.rstrip("/"),
            labels=_base.labels(name, "web"),
        )
        self._policy = self._object(
            k8s.networking.v1.NetworkPolicy,
            "network",
            manifests.network_policy(
                site, gateway_namespace=args.gateway_namespace, monitoring_namespace=args.monitoring_namespace
            ),
        )
        before = self._prepare(site, args, credentials)
        self._object(
            k8s.apps.v1.Deployment,
            "deployment",
            manifests.deployment(site, topology_key=args.topology_key),
            depends_on=before,
            custom_timeouts=_rollout_timeouts(app.replicas.max),
            hooks=pulumi.ResourceHookBinding(on_error=[rollout.on_failure(name, name, args.access)]),
        )
        self._object(k8s.core.v1.Service, "service", manifests.service(site), custom_timeouts=TIMEOUTS)
        self._object(
            k8s.networking.v1.Ingress,
            "ingress",
            manifests.ingress(site, class_name=args.ingress_class),
            custom_timeouts=pulumi.CustomTimeouts(create=args.address_timeout, update=args.address_timeout),
        )
        self._object(k8s.autoscaling.v2.HorizontalPodAutoscaler, "autoscaler", manifests.autoscaler(site))
        self._object(k8s.policy.v1.PodDisruptionBudget, "disruption-budget", manifests.disruption_budget(site))
        self.url = args.url
        self.admin_url = args.url.rstrip("/") + app.admin_path
        self.admin_password = credentials.admin_password
        self.scrape = [*args.database.scrape]
        if app.metrics_port:
            pods = site.selector("web")
            self.scrape.append(
                ScrapeTarget(name=name, role="application", namespace=name, match_labels=pods, port="metrics")
            )
        self.register_outputs({"url": self.url, "admin_url": self.admin_url, "admin_password": self.admin_password})

    def _prepare(self, site: manifests.Site, args: FrontendArgs, credentials: Credentials) -> list[pulumi.Resource]:
        """Create the Jobs that have to be done before a new image serves; return the last of them."""
        before: list[pulumi.Resource] = []
        commands = args.app.commands
        if args.app.database is not None and commands.migrate:
            manifest = manifests.migrate_job(site, command=commands.migrate)
            depends_on = [*args.database.resources, self._policy]
            before = [self._object(k8s.batch.v1.Job, "migrate", manifest, depends_on=depends_on)]
        if args.app.database is not None and commands.admin:
            manifest = manifests.admin_job(site, command=commands.admin, secret=credentials.admin_secret)
            admin = self._object(
                k8s.batch.v1.Job,
                "admin",
                manifest,
                depends_on=before or args.database.resources,
                # A new image makes no new administrator. What does (name, password, another database) replaces the
                # Job, and a replacement runs the image of the day.
                ignore_changes=["spec.template.spec.containers[0].image"],
            )
            before = [admin]
        return before

    def _object(self, kind: type[pulumi.CustomResource], role: str, manifest: dict[str, Any], **options: Any) -> Any:
        return kind(f"{self._name}-{role}", **manifest, opts=self.child(**options))


def _rollout_timeouts(replicas: int) -> pulumi.CustomTimeouts:
    """Return how long a rollout may take, one pod after the other.

    A bad one shall be over soon: the provider would wait for ten minutes, whatever the Deployment's own deadline says.
    """
    limit = f"{80 + 10 * replicas}s"
    return pulumi.CustomTimeouts(create="3m", update=limit)
