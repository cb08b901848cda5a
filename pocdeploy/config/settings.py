"""All settings of one stack, and the rules that concern several of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, model_validator

from pocdeploy import versions
from pocdeploy.config import defaults, names
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.backups import Backups
from pocdeploy.config.cluster import ClusterSettings, KindSettings, refused_hosts
from pocdeploy.config.database import Database
from pocdeploy.config.eks import EksSettings
from pocdeploy.config.existing_cluster import ExistingSettings
from pocdeploy.config.monitoring import Monitoring
from pocdeploy.config.processes import ProcessesSettings
from pocdeploy.config.types import DNS_LABEL, AppName, Change, FilePath, Model, Renamed, invalid, matches, quantity

FIRST_HOST = "localhost"
"""Host of the first application, unless another one has it."""


class Chart(Model):
    """Source and version of a Helm chart."""

    source: Annotated[
        FilePath,
        matches(
            r"(https|oci)://\S+|[^:]+\.tgz",
            "a repository (https://... or oci://...) or a local archive (path/name.tgz)",
        ),
    ]
    """Repository (https:// or oci://), or the path of a local archive (.tgz)."""
    version: Annotated[str, matches(r"v?\d+\.\d+\.\d+\S*", "an exact version, for example 1.2.3")]
    """Exact version; that of an archive must match its content."""

    @property
    def is_archive(self) -> bool:
        """Whether the source is a file on this machine."""
        return "://" not in self.source


class Charts(Model):
    """The Helm charts that are installed."""

    cloudnative_pg: Chart = Field(
        Chart(source="https://cloudnative-pg.github.io/charts", version=versions.CHART_CLOUDNATIVE_PG),
        alias="cloudnative-pg",
    )
    traefik: Chart = Chart(source="https://traefik.github.io/charts", version=versions.CHART_TRAEFIK)
    kube_prometheus_stack: Chart = Field(
        Chart(
            source="https://prometheus-community.github.io/helm-charts", version=versions.CHART_KUBE_PROMETHEUS_STACK
        ),
        alias="kube-prometheus-stack",
    )
    metrics_server: Chart = Field(
        Chart(source="https://kubernetes-sigs.github.io/metrics-server", version=versions.CHART_METRICS_SERVER),
        alias="metrics-server",
    )
    plugin_barman_cloud: Chart = Field(
        Chart(source="https://cloudnative-pg.github.io/charts", version=versions.CHART_PLUGIN_BARMAN_CLOUD),
        alias="plugin-barman-cloud",
    )
    headlamp: Chart = Chart(source="https://kubernetes-sigs.github.io/headlamp", version=versions.CHART_HEADLAMP)


class Settings(Model):
    """All checked settings of a stack, without secrets, which stay in Pulumi's Outputs."""

    cluster: ClusterSettings = KindSettings()
    apps: dict[AppName, AppSettings] = Field({defaults.APP: AppSettings()}, validate_default=True)
    monitoring: Monitoring = Monitoring()
    backups: Backups = Backups()
    charts: Charts = Charts()

    def with_deployed_names(self) -> Settings:
        """Return the settings with each application under the name that it was deployed with."""
        before = {name: app.renamed_from or name for name, app in self.apps.items()}
        apps = {before[name]: _with_names(app, before) for name, app in self.apps.items()}
        return self.model_copy(update={"apps": apps})

    @property
    def hosts(self) -> list[str]:
        """The hosts of the applications."""
        return [host for app in self.apps.values() for host in app.all_hosts]

    @property
    def installed_charts(self) -> dict[str, Chart]:
        """The charts that the stack installs, by their names in the configuration."""
        cluster = self.cluster
        if isinstance(cluster, ProcessesSettings):
            return {}
        existing = cluster if isinstance(cluster, ExistingSettings) else None
        monitored = existing is None or existing.monitoring.install
        wanted = {
            "cloudnative_pg": existing is None or existing.database_operator.install,
            "traefik": existing is None or existing.gateway.install,
            "kube_prometheus_stack": self.monitoring.namespace is not None and monitored,
            "metrics_server": isinstance(cluster, EksSettings) or cluster.metrics_server,
            "headlamp": self.monitoring.cluster_browser is not None,
            "plugin_barman_cloud": self.keeps_backups and (existing is None or existing.database_operator.install),
        }
        aliases = {field: info.alias or field for field, info in Charts.model_fields.items()}
        return {aliases[field]: chart for field, chart in self.charts if wanted[field]}

    @property
    def keeps_backups(self) -> bool:
        """Whether a database uses the store of backups."""
        databases = [app.own_database for app in self.apps.values() if app.own_database]
        return self.backups.store != "none" and any(it.backup or _is_from_store(it) for it in databases)

    @property
    def local_store_image(self) -> str | None:
        """Image of the store of backups beside a Kind cluster; None if there is none."""
        return self.backups.image if self.keeps_backups and self.backups.store == "local" else None

    @property
    def builds_images(self) -> bool:
        """Whether an application's image is built on this machine."""
        return any(app.image is None for app in self.apps.values())

    @property
    def volumes(self) -> list[Decimal]:
        """Size of each volume of the databases and applications, in bytes."""
        databases = [app.own_database for app in self.apps.values() if app.own_database]
        queues = [app.cache.storage for app in self.apps.values() if app.cache and app.cache.queue]
        own = [volume.size for app in self.apps.values() for volume in app.volumes.values()]
        of_databases = [quantity(database.storage) for database in databases for _ in range(database.instances)]
        return [*of_databases, *map(quantity, [*own, *queues])]

    def callers(self, name: str) -> list[str]:
        """Return the applications that may reach this one."""
        return [other for other, app in self.apps.items() if name in app.connections.apps]

    @model_validator(mode="before")
    @classmethod
    def _kind_is_the_default(cls, values: Any) -> Any:
        """Set the defaults of the cluster type, which selects the model, and of the store of backups beside it."""
        if not isinstance(values, dict):
            return values
        cluster, backups = values.get("cluster", {}), values.get("backups", {})
        if isinstance(cluster, dict):
            cluster = {"type": "kind", **cluster}
        is_kind = isinstance(cluster, KindSettings) or (isinstance(cluster, dict) and cluster["type"] == "kind")
        if is_kind and isinstance(backups, dict):
            backups = {"store": "local", **backups}
        return {**values, "cluster": cluster, "backups": backups}

    @model_validator(mode="before")
    @classmethod
    def _name_based_defaults(cls, values: Any) -> Any:
        """Set the defaults that depend on an application's name: directories and host."""
        apps = values.get("apps", {defaults.APP: {}}) if isinstance(values, dict) else None
        if not isinstance(apps, dict):
            return values
        cluster = values.get("cluster")
        domain = str(cluster.get("domain") or FIRST_HOST) if isinstance(cluster, dict) else FIRST_HOST
        # A host that is set has priority: the first application then gets no default that another one uses.
        taken = any(isinstance(app, dict) and app.get("host") == domain for app in apps.values())
        derived = {}
        for index, (name, app) in enumerate(apps.items()):
            given = {} if app is None else app
            first_name = deployed_name(name, given)
            by_name = {"path": f"app/{first_name}", "patches": f"patches/{first_name}"}
            if re.fullmatch(DNS_LABEL, first_name):  # otherwise the name is reported
                by_name["host"] = domain if index == 0 and not taken else f"{first_name}.{domain}"
            derived[name] = {**by_name, **given} if isinstance(given, dict) else given
        return {**values, "apps": derived}

    @model_validator(mode="after")
    def _names_are_free(self) -> Settings:
        if taken := [*names.collisions([app.renamed_from or name for name, app in self.apps.items()])]:
            bad = [name for name, app in self.apps.items() if _is_taken(app.renamed_from or name, taken)]
            tries = [change for name in bad for change in _renamed(name, self.apps[name])]
            raise invalid(f"other names for applications: {'; '.join(taken)}", at=_apps(bad), tries=tries)
        if not self.apps:
            raise invalid("at least one application under apps", at=["apps"], tries=[{f"apps.{defaults.APP}": {}}])
        return self

    @model_validator(mode="after")
    def _guests_have_other_names(self) -> Settings:
        guests = {app.renamed_from or name for name, app in self.apps.items() if app.database and app.database.shared}
        if taken := sorted(guests & names.OF_GUESTS):
            bad = [name for name, app in self.apps.items() if (app.renamed_from or name) in taken]
            accepted = f"another name for an application with a shared database than {', '.join(taken)}"
            raise invalid(accepted, at=_apps(bad), tries=[it for name in bad for it in _renamed(name, self.apps[name])])
        return self

    @model_validator(mode="after")
    def _each_name_has_one_application(self) -> Settings:
        owners: dict[str, str] = {}
        for name, app in self.apps.items():
            before = app.renamed_from or name
            if before in owners:
                key = f"apps.{name if app.renamed_from else owners[before]}.renamedFrom"
                raise invalid(
                    f"a name that was deployed for one application ({before} is that of {owners[before]}, too)",
                    at=[key],
                    tries=[{key: None}, {key: None, f"apps.{name}.path": app.path}],
                )
            owners[before] = name
        return self

    @model_validator(mode="after")
    def _shared_databases_have_a_cluster(self) -> Settings:
        owners = sorted(name for name, app in self.apps.items() if app.own_database)
        for name, app in self.apps.items():
            shared = app.database.shared if app.database else None
            # This includes chains and circles: they lead to an application without an own cluster.
            if shared is not None and shared not in owners:
                known = f"one of {', '.join(owners)}" if owners else "there is none in this stack"
                key = f"apps.{name}.database.shared"
                raise invalid(
                    f"an application with an own cluster as the value of shared: {known} ({name} asks for {shared})",
                    at=[key],
                    tries=[*({key: owner} for owner in owners if owner != name), {key: None}],
                )
        return self

    @model_validator(mode="after")
    def _store_fits_the_cluster(self) -> Settings:
        if self.backups.store == "local" and self.cluster.type != "kind":
            raise invalid(
                f"the store s3 for backups of a cluster of type {self.cluster.type}: local is beside a Kind cluster",
                key="backups.store",
                tries=[{"backups.store": "s3", "backups.bucket": "acme-backups"}],
            )
        if self.backups.store == "s3" and self.backups.bucket is None and self.cluster.type != "eks":
            raise invalid(
                "the name of an S3 bucket for the store s3, for example acme-backups",
                key="backups.bucket",
                tries=[{"backups.bucket": "acme-backups"}],
            )
        copied = [name for name, app in self.apps.items() if app.own_database and _is_from_store(app.own_database)]
        if self.backups.store == "none" and copied:
            raise invalid(
                f"a store of backups, from which the database of {', '.join(copied)} is to be copied",
                key="backups.store",
                tries=[{"backups.store": "local"}, {"backups.store": "s3", "backups.bucket": "acme-backups"}],
            )
        return self

    @model_validator(mode="after")
    def _hosts_fit_the_cluster(self) -> Settings:
        if accepted := refused_hosts(self.cluster, self.hosts):
            bad = [name for name, app in self.apps.items() if refused_hosts(self.cluster, [str(app.host)])]
            first = [{f"apps.{name}.host": f"{name}.example.com"} for name in bad]
            raise invalid(accepted, at=[f"apps.{name}.host" for name in bad], tries=[*_no_hosts(bad), *first])
        return self

    @model_validator(mode="after")
    def _hosts_differ(self) -> Settings:
        hosts: dict[str, str] = {}
        if self.monitoring.grafana and self.monitoring.namespace:
            hosts[self.monitoring.grafana_host] = "Grafana"
        if self.monitoring.cluster_browser:
            browser = self.monitoring.cluster_browser_host
            if browser in hosts:
                raise invalid(
                    f"a different host for the cluster browser ({browser} is the host of {hosts[browser]})",
                    at=["monitoring.clusterBrowserHost"],
                    tries=[{"monitoring.clusterBrowserHost": None}],
                )
            hosts[browser] = "the cluster browser"
        for name, app in self.apps.items():
            for host in app.all_hosts:
                if host in hosts:
                    raise invalid(
                        f"a different host for each application ({host} is the host of {hosts[host]} and of {name})",
                        at=[f"apps.{name}.{'host' if host == app.host else 'hosts'}"],
                        tries=[{f"apps.{name}.host": f"{name}.{FIRST_HOST}"}, *_no_hosts([name])],
                    )
                hosts[host] = name
        return self

    @model_validator(mode="after")
    def _connections_lead_to_applications(self) -> Settings:
        for name, app in self.apps.items():
            others = sorted(self.apps.keys() - {name})
            if unknown := [other for other in app.connections.apps if other not in others]:
                known = f"one of {', '.join(others)}" if others else "none: this stack has no other application"
                key = f"apps.{name}.connections.apps"
                raise invalid(
                    f"other applications of this stack, {known} (not {', '.join(unknown)})",
                    key=key,
                    tries=[{key: [each for each in app.connections.apps if each in others]}, {key: None}],
                )
        return self

    @model_validator(mode="after")
    def _volumes_can_be_shared(self) -> Settings:
        for name, app in self.apps.items():
            for volume, settings in app.volumes.items():
                if settings.shared and isinstance(self.cluster, KindSettings):
                    raise invalid(
                        "false: a volume of Kind is a directory of one node",
                        key=f"apps.{name}.volumes.{volume}.shared",
                        tries=[{f"apps.{name}.volumes.{volume}.shared": None}],
                    )
        return self


def _apps(names: Iterable[str]) -> list[str]:
    return [f"apps.{name}" for name in names]


def _no_hosts(names: Iterable[str]) -> list[Change]:
    return [{f"apps.{name}.{key}": None} for name in names for key in ("host", "hosts")]


def _is_taken(name: str, collisions: Iterable[str]) -> bool:
    return any(each.startswith(f"{name} ") for each in collisions)


def _renamed(name: str, app: AppSettings) -> Iterator[Change]:
    """Yield changes that give an application another name, and keep its directories."""
    if app.renamed_from:
        yield {f"apps.{name}.renamedFrom": None}
    new = f"apps.{name}-app"
    yield {new: Renamed(f"apps.{name}")}
    yield {new: Renamed(f"apps.{name}"), f"{new}.path": app.path, f"{new}.patches": app.patches}


def _is_from_store(database: Database) -> bool:
    return database.recovery is not None and database.recovery.from_ is not None


def deployed_name(name: Any, app: Any) -> str:
    """Return the name that an application was deployed with, from settings that are not checked yet."""
    given = app if isinstance(app, dict) else {}
    return str(given.get("renamedFrom") or given.get("renamed_from") or name)


def _with_names(app: AppSettings, before: Mapping[str, str]) -> AppSettings:
    """Return an application that refers to others by the names that these were deployed with."""
    changes: dict[str, Any] = {}
    database, apps = app.database, app.connections.apps
    if database is not None and database.shared is not None:
        changes["database"] = database.model_copy(update={"shared": before[database.shared]})
    if apps:
        changes["connections"] = app.connections.model_copy(update={"apps": tuple(before[name] for name in apps)})
    return app.model_copy(update=changes) if changes else app
