"""Frontend: a web application, from its secrets to its route at the gateway."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.backend import Connection
from components.frontend import jobs, manifests, network_policies, rollout, workloads
from components.frontend.cache import Cache, CacheArgs
from components.frontend.context import WebAppContext
from components.frontend.credentials import Credentials, CredentialsArgs
from components.gateway import Route
from components.shared import base, failures
from components.shared.cluster_client import ClusterClient
from components.shared.manifests import ignored_changes
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import AppSettings
from pocdeploy.config.connections import url_variable
from pocdeploy.release.group import Group
from pocdeploy.release.hosts import internal_host
from pocdeploy.release.limits import limits, patience, process_step

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
    """Environment variable -> value that was set with ``pocdeploy set``."""
    url: str
    """URL of the application for a browser, ending with ``/``."""
    more_urls: Sequence[str] = ()
    """URLs of its further hosts."""
    callers: Sequence[str] = ()
    """Other applications that may call it."""
    breaking_query: str | None = None
    """Query for the breaking changes of its migrations, for the check of the source."""
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
    storage_class: str | None = None
    """StorageClass of volumes; None for the cluster's default."""
    protect: bool = False
    """Whether Pulumi refuses to delete volumes."""
    keeps_volumes: bool = True
    """Whether volumes that exist stay: Kubernetes cannot change their StorageClass."""


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
            CredentialsArgs(app=args.app, namespace=args.namespace, given={**args.secrets, **self._cache(args)}),
            self.child(),
        )
        self._args, self._context = args, _context(name, args, credentials)
        self._group = _group(name, args)
        network, volumes = self._create_network(), self._create_volumes()
        done = self._create_jobs(credentials, network)
        self._create_release([*done, *network[1:], *volumes])
        self.url = args.url
        self.admin_url = args.url.rstrip("/") + args.app.admin_path
        self.admin_password = credentials.admin_password
        self.scrape = [*args.database.scrape, *_scrape(self._context)]
        self.register_outputs({"url": self.url, "admin_url": self.admin_url, "admin_password": self.admin_password})

    def _cache(self, args: FrontendArgs) -> dict[str, pulumi.Output[str]]:
        """Create the cache, if the settings have one, and return the variables of its clients."""
        if args.app.cache is None:
            return {}
        cache = CacheArgs(
            settings=args.app.cache,
            namespace=args.namespace,
            storage_class=args.storage_class,
            protect=args.protect,
            keeps_volumes=args.keeps_volumes,
        )
        return Cache(self._name, cache, self.child()).variables

    def _create_network(self) -> list[pulumi.Resource]:
        """Create the NetworkPolicies; the first one is that of the pods that serve."""
        context, args = self._context, self._args
        policies = {
            "network": network_policies.web_policy(
                context, gateway_namespace=args.route.namespace, monitoring_namespace=args.monitoring_namespace
            ),
            "network.internet": network_policies.internet_policy(context),
            "network.calls": network_policies.calls_policy(context),
            "network.callers": network_policies.callers_policy(context, args.callers),
        }
        return [
            self._create(k8s.networking.v1.NetworkPolicy, role, manifest)
            for role, manifest in policies.items()
            if manifest is not None
        ]

    def _create_volumes(self) -> list[pulumi.Resource]:
        return [
            self._create(
                k8s.core.v1.PersistentVolumeClaim,
                f"volume.{volume}",
                workloads.claim(self._context, volume, storage_class=self._args.storage_class),
                protect=self._args.protect,
                ignore_changes=ignored_changes(keeps_volumes=self._args.keeps_volumes),
            )
            for volume in self._args.app.volumes
        ]

    def _create_jobs(self, credentials: Credentials, network: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        """Create the Jobs that must end before a new image serves. Return what the pods wait for."""
        context, args = self._context, self._args
        # Without any Job, too: a copy of another database must be masked before it is served.
        last = [*args.database.resources]
        limit = limits(args.app)
        commands = args.app.commands
        if args.app.database is not None and commands.migrate:
            manifest = jobs.migrate_job(
                context,
                command=commands.migrate,
                check=commands.check_migrations,
                query=args.breaking_query,
                allow_breaking=args.app.allow_breaking_migration,
            )
            migrate = self._create(
                k8s.batch.v1.Job,
                "migrate",
                manifest,
                depends_on=[*last, *network],
                hooks=self._around_migration(),
                custom_timeouts=_timeouts(limit.migration),
            )
            last.append(migrate)
        if args.app.database is not None and commands.admin:
            explain = self._explain("admin", "The administrator was not created.")
            admin = self._create(
                k8s.batch.v1.Job,
                "admin",
                jobs.admin_job(context, command=commands.admin, secret=credentials.admin_secret),
                depends_on=last,
                custom_timeouts=_timeouts(limit.command),
                hooks=pulumi.ResourceHookBinding(on_error=[explain]),
                # A new image does not change the administrator. A new name, password or database replaces the Job,
                # and the replacement runs the current image.
                ignore_changes=["spec.template.spec.containers[0].image"],
            )
            last.append(admin)
        return last

    def _around_migration(self) -> pulumi.ResourceHookBinding:
        """Return the hooks of the migration: what it breaks is stopped before it, and a failure is explained."""
        group, explain = (
            self._group,
            self._explain("migrate", "The migration failed. The previous release still serves."),
        )
        if not self._args.app.allow_breaking_migration or not (group.processes or group.has_cron):
            return pulumi.ResourceHookBinding(on_error=[explain])
        stop = rollout.before_breaking_migration(group)
        return pulumi.ResourceHookBinding(
            before_create=[stop], before_update=[stop], on_error=[explain, rollout.after_failed_migration(group)]
        )

    def _create_release(self, depends_on: list[pulumi.Resource]) -> None:
        """Create what serves and its processes, the check of each release, and what follows a good one."""
        context, args, group = self._context, self._args, self._group
        release = _release(context, args.topology_key)
        after = rollout.after_release(group)
        is_alone = not args.app.commands.smoke and not group.processes
        deployment = self._create(
            k8s.apps.v1.Deployment,
            "deployment",
            manifests.deployment(context, topology_key=args.topology_key, release=release),
            depends_on=depends_on,
            custom_timeouts=_timeouts(group.limit.step),
            hooks=pulumi.ResourceHookBinding(
                on_error=[rollout.on_failed_rollout(group)],
                after_create=[after] if is_alone else [],
                after_update=[after] if is_alone else [],
            ),
        )
        rolled_out = [deployment, *self._create_processes(release, depends_on), *self._create_route(deployment)]
        last: pulumi.Resource = deployment
        if args.app.commands.smoke:
            last = self._create_smoke_check(release, rolled_out, after)
        elif group.processes:
            last = self._create_record(release, rolled_out, after)
        resume = rollout.after_cron(group)
        for entry in args.app.cron:
            # After a failed release, the last good image still runs at its times.
            self._create(
                k8s.batch.v1.CronJob,
                f"cron.{entry.name}",
                workloads.cron_job(context, entry),
                depends_on=[last, *depends_on],
                hooks=pulumi.ResourceHookBinding(after_update=[resume]),
            )
        self._create(k8s.autoscaling.v2.HorizontalPodAutoscaler, "autoscaler", manifests.autoscaler(context))
        self._create(k8s.policy.v1.PodDisruptionBudget, "disruption-budget", manifests.disruption_budget(context))

    def _create_processes(
        self, release: pulumi.Output[str], depends_on: list[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        """Create the processes, which are rolled out together with what serves."""
        context, args = self._context, self._args
        return [
            self._create(
                k8s.apps.v1.Deployment,
                f"process.{part}",
                workloads.process(context, part, settings, topology_key=args.topology_key, release=release),
                depends_on=depends_on,
                custom_timeouts=_timeouts(process_step(args.app, settings.stop_seconds)),
                hooks=pulumi.ResourceHookBinding(
                    on_error=[rollout.on_failed_rollout(self._group, process=workloads.object_name(context.name, part))]
                ),
            )
            for part, settings in args.app.processes.items()
            if settings
        ]

    def _create_route(self, deployment: pulumi.Resource) -> list[pulumi.Resource]:
        """Create the Service and the Ingress."""
        context, route = self._context, self._args.route
        service = self._create(k8s.core.v1.Service, "service", manifests.service(context), custom_timeouts=TIMEOUTS)
        ingress = self._create(
            k8s.networking.v1.Ingress,
            "ingress",
            manifests.ingress(context, class_name=route.ingress_class, annotations=route.annotations, tls=route.tls),
            # The pods know a new host before it is routed.
            depends_on=[deployment],
            custom_timeouts=pulumi.CustomTimeouts(create=route.address_timeout, update=route.address_timeout),
        )
        return [service, ingress]

    def _create_smoke_check(
        self,
        release: pulumi.Output[str],
        depends_on: list[pulumi.Resource],
        after: pulumi.ResourceHook,
    ) -> pulumi.Resource:
        """Create the Job that checks each release after its rollout, and restores the last good one if it fails."""
        context, route, group = self._context, self._args.route, self._group
        gateway_namespace = route.namespace if route.url else None
        policies = {"smoke-network": network_policies.smoke_policy(context, gateway_namespace)}
        if not gateway_namespace:
            policies["smoke-guest"] = network_policies.smoke_guest_policy(context)
        ways = [self._create(k8s.networking.v1.NetworkPolicy, *policy) for policy in policies.items()]
        before = rollout.before_last_step(group, "smoke")
        command = self._args.app.commands.smoke or ()
        job: pulumi.Resource = self._create(
            k8s.batch.v1.Job,
            "smoke",
            jobs.smoke_job(context, command=command, url=route.url, release=release),
            depends_on=[*depends_on, *ways],
            custom_timeouts=_timeouts(group.limit.command),
            hooks=pulumi.ResourceHookBinding(
                before_create=[before],
                before_update=[before],
                after_create=[after],
                after_update=[after],
                on_error=[rollout.on_failed_smoke(group)],
            ),
        )
        return job

    def _create_record(
        self,
        release: pulumi.Output[str],
        depends_on: list[pulumi.Resource],
        after: pulumi.ResourceHook,
    ) -> pulumi.Resource:
        """Create the record of a release without a check: it is written when all Deployments are rolled out."""
        before = rollout.before_last_step(self._group, "record")
        hooks = pulumi.ResourceHookBinding(
            before_create=[before], before_update=[before], after_create=[after], after_update=[after]
        )
        manifest = workloads.record(self._context, release)
        record: pulumi.Resource = self._create(
            k8s.core.v1.ConfigMap, "release", manifest, depends_on=depends_on, hooks=hooks
        )
        return record

    def _explain(self, component: str, summary: str) -> pulumi.ErrorHook:
        """Return a hook of a Job that explains its failure."""
        context = self._context
        return failures.error_hook(
            f"{context.name}-{component}-failed",
            f"{context.name}: {summary}",
            self._args.client,
            namespace=context.name,
            selector=",".join(f"{key}={value}" for key, value in context.selector(component).items()),
        )

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
        # A secret of the user's with the name of the URL is used instead of it.
        environment=[it for it in args.database.environment if it["name"] not in args.secrets],
        wait=args.database.wait,
        database_identity=args.database.identity,
        pull_secret=args.pull_secret,
        node_selector=args.node_selector,
        secret=credentials.environment_secret,
        origins=[url.rstrip("/") for url in (args.url, *args.more_urls, *previous[1:])],
        urls={url_variable(other): f"http://{internal_host(other)}" for other in args.app.connections.apps},
        internal_host=internal_host(name) if args.callers else None,
        previous_host=next(iter(previous), None),
        labels=base.labels(name, "web"),
        commit=args.commit,
    )


def _group(name: str, args: FrontendArgs) -> Group:
    return Group(
        name=name,
        namespace=name,
        api=args.client.api,
        limit=limits(args.app),
        processes=[workloads.object_name(name, part) for part, settings in args.app.processes.items() if settings],
        has_cron=bool(args.app.cron),
    )


def _scrape(context: WebAppContext) -> list[ScrapeTarget]:
    """Return the pods of the application that have metrics."""
    port, name, pods = manifests.metrics_port(context.app), context.name, context.selector("web")
    if port is None:
        return []
    return [ScrapeTarget(name=name, role="application", namespace=name, match_labels=pods, port=port)]


def _release(context: WebAppContext, topology_key: str) -> pulumi.Output[str]:
    """Return the identity of a release: a digest of the pod templates of all its Deployments."""
    web = manifests.deployment(context, topology_key=topology_key, release="")
    processes = [
        workloads.process(context, part, settings, topology_key=topology_key, release="")
        for part, settings in context.app.processes.items()
        if settings
    ]
    templates = [deployment["spec"]["template"] for deployment in (web, *processes)]
    text: pulumi.Output[str] = pulumi.Output.json_dumps(templates if processes else templates[0], sort_keys=True)
    return text.apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:12])


def _timeouts(seconds: int) -> pulumi.CustomTimeouts:
    """Return the time limits for Pulumi of an object that Kubernetes gives ``seconds``.

    Without them the provider waits for ten minutes, whatever the object's own deadline is.
    """
    return pulumi.CustomTimeouts(create=patience(seconds), update=patience(seconds))
