"""Frontend: a web application, from its secrets to its place at the gateway."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.backend import Connection
from components.frontend import manifests, rollout
from components.frontend.credentials import Credentials, CredentialsArgs
from components.shared import base, explained
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import AppSettings

TIMEOUTS = pulumi.CustomTimeouts(create="3m", update="3m")


@dataclass(frozen=True, kw_only=True)
class FrontendArgs:
    """What a frontend is made from."""

    app: AppSettings
    """The application's settings."""
    namespace: pulumi.Input[str]
    access: ClusterClient
    """The cluster, to ask why a rollout failed, and to take it back."""
    image: pulumi.Input[str]
    """Image by digest."""
    database: Connection
    """Empty for an application without a database."""
    secrets: Mapping[str, pulumi.Output[str]]
    """Variable -> secret that was set with ``pulumi config set --secret``."""
    url: str
    """Where a browser finds the application, ending with ``/``."""
    pull_secret: pulumi.Input[str] | None = None
    """Name of the Secret that the image is pulled with, if one is needed."""
    ingress_class: str
    ingress_annotations: Mapping[str, str]
    address_timeout: str
    """How long it may take until the Ingress has an address."""
    gateway_namespace: str
    gateway_url: str | None
    """The gateway as a pod reaches it; None where that is not known: the check of a release then goes past it."""
    monitoring_namespace: str | None
    """Where Prometheus runs, if it does."""
    topology_key: str
    """Node label over which replicas are spread."""


class Frontend(base.Component):
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
        site = manifests.WebAppContext(
            name=name,
            namespace=args.namespace,
            app=app,
            image=args.image,
            environment=args.database.environment,
            wait=args.database.wait,
            database_identity=args.database.identity,
            pull_secret=args.pull_secret,
            secret=credentials.environment_secret,
            origin=args.url.rstrip("/"),
            labels=base.labels(name, "web"),
        )
        self._policy = self._object(
            k8s.networking.v1.NetworkPolicy,
            "network",
            manifests.network_policy(
                site, gateway_namespace=args.gateway_namespace, monitoring_namespace=args.monitoring_namespace
            ),
        )
        before = self._prepare(site, args, credentials)
        release = _release(site, args)
        finished = rollout.after_release(name, name, args.access)
        smoke = app.commands.smoke
        deployment = self._object(
            k8s.apps.v1.Deployment,
            "deployment",
            manifests.deployment(site, topology_key=args.topology_key, release=release),
            depends_on=before,
            custom_timeouts=_rollout_timeouts(app.replicas.max),
            hooks=pulumi.ResourceHookBinding(
                on_error=[rollout.on_failed_rollout(name, name, args.access)],
                after_create=[] if smoke else [finished],
                after_update=[] if smoke else [finished],
            ),
        )
        service = self._object(k8s.core.v1.Service, "service", manifests.service(site), custom_timeouts=TIMEOUTS)
        ingress = self._object(
            k8s.networking.v1.Ingress,
            "ingress",
            manifests.ingress(site, class_name=args.ingress_class, annotations=args.ingress_annotations),
            custom_timeouts=pulumi.CustomTimeouts(create=args.address_timeout, update=args.address_timeout),
        )
        if smoke:
            self._check(site, args, release, depends_on=[deployment, service, ingress], finished=finished)
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

    def _prepare(
        self, site: manifests.WebAppContext, args: FrontendArgs, credentials: Credentials
    ) -> list[pulumi.Resource]:
        """Create the Jobs that have to be done before a new image serves; return the last of them."""
        before: list[pulumi.Resource] = []
        commands = args.app.commands
        if args.app.database is not None and commands.migrate:
            manifest = manifests.migrate_job(
                site,
                command=commands.migrate,
                check=commands.check_migrations,
                allow_breaking=args.app.allow_breaking_migration,
            )
            depends_on = [*args.database.resources, self._policy]
            failed = self._explained(site, "migrate", args.access, "The migration failed; what served goes on serving.")
            timeouts = pulumi.CustomTimeouts(create="6m")  # longer than the Job's own deadline
            migrate = self._object(
                k8s.batch.v1.Job, "migrate", manifest, depends_on=depends_on, hooks=failed, custom_timeouts=timeouts
            )
            before = [migrate]
        if args.app.database is not None and commands.admin:
            manifest = manifests.admin_job(site, command=commands.admin, secret=credentials.admin_secret)
            admin = self._object(
                k8s.batch.v1.Job,
                "admin",
                manifest,
                depends_on=before or args.database.resources,
                hooks=self._explained(site, "admin", args.access, "The administrator could not be made."),
                # A new image makes no new administrator. What does (name, password, another database) replaces the
                # Job, and a replacement runs the image of the day.
                ignore_changes=["spec.template.spec.containers[0].image"],
            )
            before = [admin]
        return before

    def _check(
        self,
        site: manifests.WebAppContext,
        args: FrontendArgs,
        release: pulumi.Output[str],
        *,
        depends_on: list[pulumi.Resource],
        finished: pulumi.ResourceHook,
    ) -> None:
        """Create the Job that checks each release once it serves; its failure takes the release back."""
        name, access = site.name, args.access
        past = args.gateway_url is None
        specs = {"smoke-network": manifests.smoke_policy(site, None if past else args.gateway_namespace)}
        if past:
            specs["smoke-guest"] = manifests.smoke_guest_policy(site)
        policies = [self._object(k8s.networking.v1.NetworkPolicy, *named) for named in specs.items()]
        command = args.app.commands.smoke or ()
        before = rollout.before_smoke(name, name, access)
        self._object(
            k8s.batch.v1.Job,
            "smoke",
            manifests.smoke_job(site, command=command, url=args.gateway_url, release=release),
            depends_on=[*depends_on, *policies],
            custom_timeouts=pulumi.CustomTimeouts(create="90s"),
            hooks=pulumi.ResourceHookBinding(
                before_create=[before],
                before_update=[before],
                after_create=[finished],
                after_update=[finished],
                on_error=[rollout.on_failed_smoke(name, name, access)],
            ),
        )

    def _explained(
        self, site: manifests.WebAppContext, component: str, access: ClusterClient, about: str
    ) -> pulumi.ResourceHookBinding:
        selector = ",".join(f"{key}={value}" for key, value in site.selector(component).items())
        hook = f"{site.name}-{component}-failed"
        about = f"{site.name}: {about}"
        return pulumi.ResourceHookBinding(
            on_error=[explained.on_failure(hook, about, access, namespace=site.name, selector=selector)]
        )

    def _object(self, kind: type[pulumi.CustomResource], role: str, manifest: dict[str, Any], **options: Any) -> Any:
        return kind(f"{self._name}-{role}", **manifest, opts=self.child(**options))


def _release(site: manifests.WebAppContext, args: FrontendArgs) -> pulumi.Output[str]:
    """Return what tells this release from others: a digest of all that its pods are made from."""
    template = manifests.deployment(site, topology_key=args.topology_key, release="")["spec"]["template"]
    text: pulumi.Output[str] = pulumi.Output.json_dumps(template, sort_keys=True)
    return text.apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:12])


def _rollout_timeouts(replicas: int) -> pulumi.CustomTimeouts:
    """Return how long a rollout may take, one pod after the other.

    A bad one shall be over soon: the provider would wait for ten minutes, whatever the Deployment's own deadline says.
    """
    limit = f"{60 + 10 * replicas}s"
    return pulumi.CustomTimeouts(create="3m", update=limit)
