"""Frontend: a web application, from its secrets to its route at the gateway."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.backend import Connection
from components.frontend import jobs, manifests, network_policies, rollout
from components.frontend.credentials import Credentials, CredentialsArgs
from components.frontend.limits import limits, patience
from components.frontend.manifests import WebAppContext
from components.gateway import Route
from components.shared import base, failures
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import AppSettings

TIMEOUTS = pulumi.CustomTimeouts(create="3m", update="3m")


@dataclass(frozen=True, kw_only=True)
class FrontendArgs:
    """Inputs of a frontend."""

    app: AppSettings
    """The application's settings."""
    namespace: pulumi.Input[str]
    """The application's namespace."""
    client: ClusterClient
    """The cluster, to explain a failed rollout and to restore the last good revision."""
    image: pulumi.Input[str]
    """Image by digest."""
    database: Connection
    """Empty for an application without a database."""
    secrets: Mapping[str, pulumi.Output[str]]
    """Environment variable -> value that was set with ``pulumi config set --secret``."""
    url: str
    """URL of the application for a browser, ending with ``/``."""
    previous: tuple[str, str] | None = None
    """Host and URL before the current ones, if they were changed."""
    pull_secret: pulumi.Input[str] | None = None
    """Name of the Secret that the image is pulled with, if one is needed."""
    route: Route
    """How the gateway routes requests to it. The smoke check uses the gateway, or else the application's Service."""
    monitoring_namespace: str | None
    """Namespace of Prometheus, if there is one."""
    topology_key: str
    """Node label over which replicas are spread."""
    node_selector: Mapping[str, str] | None = None
    """Labels of the nodes that can run the image; None if all nodes can."""
    commit: str | None = None
    """Commit of the application's source, if it is known."""


class Frontend(base.Component):
    """Secrets, migration, administrator, pods: each waits for the one before it."""

    url: str
    admin_url: str
    admin_password: pulumi.Output[str]
    scrape: list[ScrapeTarget]

    def __init__(self, name: str, args: FrontendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("frontend", name, opts)
        credentials = Credentials(
            f"{name}-credentials",
            CredentialsArgs(app=args.app, namespace=args.namespace, given=args.secrets),
            self.child(),
        )
        context = _context(name, args, credentials)
        network = self._create(
            k8s.networking.v1.NetworkPolicy,
            "network",
            network_policies.web_policy(
                context, gateway_namespace=args.route.namespace, monitoring_namespace=args.monitoring_namespace
            ),
        )
        self._create_web(context, args, self._create_jobs(context, args, credentials, network))
        self.url = args.url
        self.admin_url = args.url.rstrip("/") + args.app.admin_path
        self.admin_password = credentials.admin_password
        self.scrape = [*args.database.scrape]
        if args.app.metrics_port:
            pods = context.selector("web")
            self.scrape.append(
                ScrapeTarget(name=name, role="application", namespace=name, match_labels=pods, port="metrics")
            )
        self.register_outputs({"url": self.url, "admin_url": self.admin_url, "admin_password": self.admin_password})

    def _create_jobs(
        self, context: WebAppContext, args: FrontendArgs, credentials: Credentials, network: pulumi.Resource
    ) -> list[pulumi.Resource]:
        """Create the Jobs that must end before a new image serves. Return what the pods wait for."""
        # Without any Job, too: a copy of another database must be masked before it is served.
        last = [*args.database.resources]
        limit = limits(args.app)
        commands = args.app.commands
        if args.app.database is not None and commands.migrate:
            manifest = jobs.migrate_job(
                context,
                command=commands.migrate,
                check=commands.check_migrations,
                allow_breaking=args.app.allow_breaking_migration,
            )
            summary = "The migration failed. The previous release still serves."
            migrate = self._create(
                k8s.batch.v1.Job,
                "migrate",
                manifest,
                depends_on=[*last, network],
                hooks=self._explain(context, "migrate", args.client, summary),
                custom_timeouts=_timeouts(limit.migration),
            )
            last.append(migrate)
        if args.app.database is not None and commands.admin:
            admin = self._create(
                k8s.batch.v1.Job,
                "admin",
                jobs.admin_job(context, command=commands.admin, secret=credentials.admin_secret),
                depends_on=last,
                custom_timeouts=_timeouts(limit.command),
                hooks=self._explain(context, "admin", args.client, "The administrator was not created."),
                # A new image does not change the administrator. A new name, password or database replaces the Job,
                # and the replacement runs the current image.
                ignore_changes=["spec.template.spec.containers[0].image"],
            )
            last.append(admin)
        return last

    def _create_web(self, context: WebAppContext, args: FrontendArgs, depends_on: list[pulumi.Resource]) -> None:
        """Create what serves and routes requests, and the check of each release."""
        name, app, client = context.name, args.app, args.client
        limit, release = limits(app), _release(context, args.topology_key)
        after_release = rollout.after_release(name, name, client)
        is_last = not app.commands.smoke
        deployment = self._create(
            k8s.apps.v1.Deployment,
            "deployment",
            manifests.deployment(context, topology_key=args.topology_key, release=release),
            depends_on=depends_on,
            custom_timeouts=_timeouts(limit.step),
            hooks=pulumi.ResourceHookBinding(
                on_error=[rollout.on_failed_rollout(name, name, client, limit)],
                after_create=[after_release] if is_last else [],
                after_update=[after_release] if is_last else [],
            ),
        )
        service = self._create(k8s.core.v1.Service, "service", manifests.service(context), custom_timeouts=TIMEOUTS)
        ingress = self._create(
            k8s.networking.v1.Ingress,
            "ingress",
            manifests.ingress(
                context,
                class_name=args.route.ingress_class,
                annotations=args.route.annotations,
                tls=args.route.tls,
            ),
            # The pods know a new host before it is routed.
            depends_on=[deployment],
            custom_timeouts=pulumi.CustomTimeouts(create=args.route.address_timeout, update=args.route.address_timeout),
        )
        if not is_last:
            self._create_smoke_check(context, args, release, [deployment, service, ingress], after_release)
        self._create(k8s.autoscaling.v2.HorizontalPodAutoscaler, "autoscaler", manifests.autoscaler(context))
        self._create(k8s.policy.v1.PodDisruptionBudget, "disruption-budget", manifests.disruption_budget(context))

    def _create_smoke_check(
        self,
        context: WebAppContext,
        args: FrontendArgs,
        release: pulumi.Output[str],
        depends_on: list[pulumi.Resource],
        after_release: pulumi.ResourceHook,
    ) -> None:
        """Create the Job that checks each release after its rollout, and restores the last good one if it fails."""
        name, client = context.name, args.client
        gateway_namespace = args.route.namespace if args.route.url else None
        policies = {"smoke-network": network_policies.smoke_policy(context, gateway_namespace)}
        if not gateway_namespace:
            policies["smoke-guest"] = network_policies.smoke_guest_policy(context)
        ways = [self._create(k8s.networking.v1.NetworkPolicy, *policy) for policy in policies.items()]
        limit = limits(args.app)
        before = rollout.before_smoke(name, name, client, limit)
        self._create(
            k8s.batch.v1.Job,
            "smoke",
            jobs.smoke_job(context, command=args.app.commands.smoke or (), url=args.route.url, release=release),
            depends_on=[*depends_on, *ways],
            custom_timeouts=_timeouts(limit.command),
            hooks=pulumi.ResourceHookBinding(
                before_create=[before],
                before_update=[before],
                after_create=[after_release],
                after_update=[after_release],
                on_error=[rollout.on_failed_smoke(name, name, client, limit)],
            ),
        )

    def _explain(
        self, context: WebAppContext, component: str, client: ClusterClient, summary: str
    ) -> pulumi.ResourceHookBinding:
        """Return the hooks of a Job that explain its failure."""
        hook = failures.error_hook(
            f"{context.name}-{component}-failed",
            f"{context.name}: {summary}",
            client,
            namespace=context.name,
            selector=",".join(f"{key}={value}" for key, value in context.selector(component).items()),
        )
        return pulumi.ResourceHookBinding(on_error=[hook])

    def _create(self, kind: type[pulumi.CustomResource], role: str, manifest: dict[str, Any], **options: Any) -> Any:
        """Create an object that is named after the application and its role."""
        return kind(f"{self._name}-{role}", **manifest, opts=self.child(**options))


def _context(name: str, args: FrontendArgs, credentials: Credentials) -> WebAppContext:
    previous = args.previous or ()
    return WebAppContext(
        name=name,
        namespace=args.namespace,
        app=args.app,
        image=args.image,
        environment=args.database.environment,
        wait=args.database.wait,
        database_identity=args.database.identity,
        pull_secret=args.pull_secret,
        node_selector=args.node_selector,
        secret=credentials.environment_secret,
        origins=[url.rstrip("/") for url in (args.url, *previous[1:])],
        previous_host=next(iter(previous), None),
        labels=base.labels(name, "web"),
        commit=args.commit,
    )


def _release(context: WebAppContext, topology_key: str) -> pulumi.Output[str]:
    """Return the identity of a release: a digest of its pod template."""
    template = manifests.deployment(context, topology_key=topology_key, release="")["spec"]["template"]
    text: pulumi.Output[str] = pulumi.Output.json_dumps(template, sort_keys=True)
    return text.apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:12])


def _timeouts(seconds: int) -> pulumi.CustomTimeouts:
    """Return the time limits for Pulumi of an object that Kubernetes gives ``seconds``.

    Without them the provider waits for ten minutes, whatever the object's own deadline is.
    """
    return pulumi.CustomTimeouts(create=patience(seconds), update=patience(seconds))
