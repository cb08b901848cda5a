# ruff: noqa: FBT003 -- values of settings
"""The changes of docs/changing-settings.md: plain data. A value before is that of the deployed stack."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from pocdeploy.config.settings import Charts
from tests.changing.stacks import ALL_APPS, CLUSTERS, EKS, EXISTING, KIND, PROCESSES, REMOVED, SOURCE, Copy

EVERYWHERE = CLUSTERS
APP = "apps.<name>."
DIGEST = f"@sha256:{'1' * 64}"
OTHER = f"{SOURCE}-other"
PART = "part"
"""Name of a further process, or of a volume."""
HOLDER = {"type": "existing", "context": "other", "registry": {"push": "registry.example.com/shop"}}
ROLE = "arn:aws:iam::111122223333:role/developers"


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One change of one setting."""

    key: str
    after: Any
    """Value after the change; REMOVED for none."""
    also: dict[str, Any] = field(default_factory=dict)
    """What has to change with it: path -> value; an application is called <name>."""
    on: tuple[str, ...] = (KIND,)
    """Types of cluster on whose stack it is previewed."""
    app: str = ""
    """Application that is changed, if it cannot be any of them."""
    note: str = ""
    """What the steps do not show: why there are none, or when the setting counts."""

    @property
    def name(self) -> str:
        """Name of the row in tests and in the recorded steps."""
        return f"{self.key} = {shown(self.after)}"

    @property
    def is_app(self) -> bool:
        """Whether it is a change of one application."""
        return self.key.startswith("apps.<name>")

    def paths(self, app: str) -> dict[str, Any]:
        """Return path in the configuration -> value after the change, for an application."""
        key = re.sub(r" \(\w+\)", "", self.key)  # the type of a cluster
        changed = {key: self.after, **self.also}
        return {path.replace("<name>", app, 1).replace("<name>", PART): value for path, value in changed.items()}


def shown(value: Any) -> str:
    """Return a value as a person writes it in one line."""
    if value is REMOVED:
        return "(removed)"
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return text.removesuffix("...\n").strip()


def row(key: str, after: Any, *, on: tuple[str, ...] = (KIND,), note: str = "", **also: Any) -> Row:
    paths = {path.replace("__", "."): value for path, value in also.items()}
    if key.startswith(APP):
        paths = {f"{APP}{path}": value for path, value in paths.items()}
    return Row(key=key, after=after, also=paths, on=on, note=note)


def kind(key: str, after: Any, **also: Any) -> Row:
    return row(f"cluster (kind).{key}", after, **also)


EKS_KEY = "cluster (eks)."


def existing(key: str, after: Any, **also: Any) -> Row:
    return row(f"cluster (existing).{key}", after, on=(EXISTING,), **also)


def eks(key: str, after: Any, **also: Any) -> Row:
    return row(f"{EKS_KEY}{key}", after, on=(EKS,), **also)


def app(key: str, after: Any, *, on: tuple[str, ...] = (KIND,), **also: Any) -> Row:
    return row(f"{APP}{key}", after, on=on, **also)


def part(key: str, after: Any, **also: Any) -> Row:
    """Return a change of a part of an application, previewed on Kind alone."""
    return row(f"{APP}{key}", after, **also)


MEDIA = {"path": "/app/media", "size": "1Gi"}
SMALL = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": 1, "memory": "128Mi"}}
CHARTS = Charts().model_dump(by_alias=True)


def _chart(name: str, key: str, value: str) -> Row:
    """Return a change of a chart, of which both keys are set."""
    return Row(key=f"charts.{name}.{key}", after=value, also={f"charts.{name}": {**CHARTS[name], key: value}})


USED_GATEWAY = {"install": False, "namespace": "ingress", "ingressClass": "nginx"}
SLACK = {"type": "slack", "channel": "#alerts"}
SLACK_SECRET = {
    "secrets__alertmanager__URL": Copy("secrets.alertmanager.PASSWORD"),
    "secrets__alertmanager__PASSWORD": REMOVED,
}
ARCHIVE = "shop-db-20260131-140000"
STORE_SECRETS = {
    f"secrets__backups__{name}": Copy("secrets.alertmanager.PASSWORD")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
}
PROTECT = "Pulumi protects the databases, and on Kind and EKS the cluster, from then on"
ROWS: tuple[Row, ...] = (
    kind("type", "existing", cluster=HOLDER, backups=REMOVED),
    kind("name", "other"),
    kind("workers", 2),
    kind("nodeImage", "kindest/node:v1.35.0"),
    kind("httpPort", 8080),
    kind("httpsPort", 8443),
    kind("registryPort", 5009),
    kind("registryImage", "registry:2"),
    kind("registryMirror", "http://mirror:5000"),
    kind("metricsServer", False),
    kind("protect", True, note=PROTECT),
    kind("fallback", REMOVED, note="read by the first `make up` alone"),
    existing("type", "kind", cluster={"type": "kind"}),
    existing("kubeconfig", ".pocdeploy/copy.kubeconfig"),
    existing("context", "renamed"),
    existing("registry.push", "registry.example.com/shop"),
    existing("registry.pull", "mirror.example.com/shop"),
    existing("registry.username", "pusher"),
    existing("storageClass", "premium-rwo", note="volumes that exist keep their class"),
    existing("platform", "linux/arm64"),
    existing("topologyKey", "kubernetes.io/hostname"),
    existing("exposure.type", "nodePort", cluster__exposure__allowedCidrs=REMOVED),
    existing("exposure.scheme", "https"),
    existing("exposure.port", 8080),
    existing("exposure.trustedProxies", ["10.0.0.0/8"]),
    existing("exposure.httpNodePort", 30081),
    existing("exposure.httpNodePort", 30082, cluster__exposure={"type": "nodePort", "httpNodePort": 30082}),
    existing("exposure.httpsNodePort", 30444),
    existing("exposure.annotations", {"example.com/key": "value"}),
    existing("exposure.allowedCidrs", ["203.0.113.8/32"]),
    existing("exposure.insecureHttp", True, cluster__exposure__allowedCidrs=REMOVED),
    existing("databaseOperator.install", False, cluster__databaseOperator__namespace="cnpg"),
    existing("monitoring.install", False, cluster__monitoring__namespace="prometheus"),
    existing("monitoring.labels", {"release": "prometheus"}),
    existing("gateway.install", False, cluster__gateway=USED_GATEWAY, cluster__exposure__allowedCidrs=REMOVED),
    existing("gateway.annotations", {"cert-manager.io/cluster-issuer": "letsencrypt"}),
    existing("gateway.tls", True, cluster__exposure__scheme="https"),
    existing("metricsServer", True),
    existing("protect", True, note=PROTECT),
    eks("type", "kind", cluster={"type": "kind"}),
    eks("name", "other"),
    eks("region", "eu-west-1"),
    eks("owner", "team"),
    eks("version", "1.36"),
    eks("zones", ["eu-central-1a", "eu-central-1b", "eu-central-1d"]),
    eks("vpcCidr", "10.43.0.0/16"),
    eks("natGateways", "perZone"),
    eks("publicAccessCidrs", ["192.0.2.8/32"]),
    eks("access", [{"principal": ROLE, "policy": "AmazonEKSViewPolicy"}]),
    eks("controlPlaneLogs", ["api"]),
    eks("logRetentionDays", 30),
    eks("encryptSecrets", True),
    eks("architecture", "arm64"),
    eks("instanceTypes", ["m7i.large"]),
    eks("maxCpus", 32),
    eks(
        "domain",
        "votes.example.com",
        **{f"apps__{name}__host": f"{name}.votes.example.com" for name in ALL_APPS},
    ),
    eks("hostedZone", "polls.example.com"),
    eks("insecureHttp", True, cluster__domain=REMOVED, cluster__hostedZone=REMOVED),
    eks("registryForceDelete", False),
    eks("protect", True),
    row("cluster (processes).httpPort", 8123, on=(PROCESSES,)),
    row("cluster (processes).protect", True, on=(PROCESSES,), note="read by `make down`"),
    row("apps.<name>", REMOVED, on=EVERYWHERE),
    app("path", OTHER),
    app("patches", "patches/other"),
    app("framework", "django", on=(KIND,), note="recognised already; another one has other defaults of other keys"),
    app("dockerfile", f"{OTHER}/Dockerfile"),
    app("requirements", f"{OTHER}/requirements.txt"),
    app("buildArgs", {"PYTHON_IMAGE": "python:3.14-slim"}),
    app("version", "1.2.0"),
    app("image", f"ghcr.io/owner/shop{DIGEST}"),
    app("host", "shop.example.com", on=(KIND, EXISTING)),
    Row(key=f"{APP}host", after="shop.polls.example.com", on=(EKS,), app="holder"),
    app("port", 8080, on=EVERYWHERE),
    app("metricsPort", 9001),
    app("livePath", "/alive"),
    app("readyPath", "/ready"),
    app("startSeconds", 120),
    app("env", {"LOG_LEVEL": "DEBUG"}, on=EVERYWHERE),
    app("databaseEnv", {"DATABASE_HOST": "DATABASE_HOSTNAME"}),
    app("database", False, on=EVERYWHERE),
    app("database.instances", 4, on=EVERYWHERE),
    app("database.instances", 1, on=EVERYWHERE),
    app("database.storage", "2Gi", on=EVERYWHERE),
    app("database.storage", "512Mi"),
    app("database.walStorage", "1Gi", on=EVERYWHERE),
    app("database.version", 18, note="PostgreSQL is offline while `pg_upgrade` runs", on=EVERYWHERE),
    app("database.version", 16),
    app("database.image", f"ghcr.io/owner/postgresql:17.9{DIGEST}", on=EVERYWHERE),
    app("database.locale", "de-DE"),
    app("database.parameters", {"work_mem": "8MB"}, on=EVERYWHERE),
    app("database.parameters", {"log_min_duration_statement": "500ms"}),
    app("database.parameters", {"max_connections": 200}),
    app("database.parameters", {"wal_level": "logical"}),
    app(
        "database.resources",
        {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"cpu": 1, "memory": "512Mi"}},
        on=EVERYWHERE,
    ),
    app("database.shared", "holder", database={"shared": "holder"}),
    app("database.recovery.backup", "copy", database__recovery__mask=f"{OTHER}/mask.sql"),
    app("database.recovery.volumeSnapshot", "copy", database__recovery__mask=f"{OTHER}/mask.sql"),
    app("database.recovery.mask", f"{OTHER}/mask.sql", database__recovery__backup="copy"),
    app("database.backup.schedule", "0 1 * * *"),
    app("database.backup.retention", "14d"),
    app("database.recovery.from", ARCHIVE),
    app("database.recovery.targetTime", "2026-01-31T14:00:00Z", database__recovery__from=ARCHIVE),
    app("admin.username", "root"),
    app("admin.email", "root@example.com"),
    app("adminPath", "/manage/", note="only `adminUrl` in the outputs changes"),
    app("commands.migrate", ["python", "manage.py", "migrate"], on=EVERYWHERE),
    app("commands.migrateSeconds", 1800),
    app("commands.seed", ["python", "manage.py", "seed"], note="read by `make seed`"),
    app("commands.admin", None),
    app("commands.checkMigrations", None),
    app("commands.smoke", None, on=EVERYWHERE),
    app("allowBreakingMigration", True),
    app("replicas.min", 3, on=EVERYWHERE),
    app("replicas.max", 7),
    app("replicas.cpuPercent", 60),
    app(
        "resources",
        {"requests": {"cpu": "200m", "memory": "256Mi"}, "limits": {"cpu": 1, "memory": "384Mi"}},
        on=EVERYWHERE,
    ),
    app("businessMetrics", [{"title": "Votes", "query": "sum(votes_total)"}]),
    app("userId", 10002),
    part("context", "backend"),
    part("hosts", ["www.localhost"]),
    part("command", ["serve", "--fast"]),
    part("args", ["--fast"]),
    part("processes.<name>", {"command": ["work"]}),
    part("processes.<name>.command", ["work", "--fast"]),
    part("processes.<name>.replicas", 2, processes={PART: {"command": ["work"], "replicas": 2}}),
    part("processes.<name>.resources", SMALL, processes={PART: {"command": ["work"], "resources": SMALL}}),
    part("processes.<name>.stopSeconds", 60, processes={PART: {"command": ["work"], "stopSeconds": 60}}),
    part("cron", [{"name": "clean", "schedule": "@daily", "command": ["clean"]}]),
    part("secretKeyEnv", "SECRET_KEY_BASE"),
    part("connections.internet", True),
    part("connections.apps", ["holder"]),
    part("writable", ["/app/log"]),
    part("volumes.<name>", MEDIA),
    part("volumes.<name>.path", "/app/other", volumes={PART: {**MEDIA, "path": "/app/other"}}),
    part("volumes.<name>.size", "2Gi", volumes={PART: {**MEDIA, "size": "2Gi"}}),
    part("volumes.<name>.storageClass", "fast", volumes={PART: {**MEDIA, "storageClass": "fast"}}),
    part("volumes.<name>.shared", True, volumes={PART: {**MEDIA, "shared": True}}),
    part("cache.memory", "128Mi"),
    part("cache.queue", True),
    part("cache.storage", "2Gi", cache={"queue": True, "storage": "2Gi"}),
    part("cache.image", f"valkey/valkey:8{DIGEST}"),
    part("webServer.type", "nginx"),
    part("webServer.static", {"/static/": "/app/static"}),
    part("webServer.maxBody", "20m"),
    part("webServer.image", f"nginxinc/nginx-unprivileged:1{DIGEST}"),
    row("monitoring.profile", "full", on=EVERYWHERE),
    row("monitoring.profile", "off", on=EVERYWHERE, monitoring__receiver=REMOVED, secrets=REMOVED),
    row("monitoring.grafana", False),
    row("monitoring.grafanaHost", "charts.localhost"),
    row("monitoring.retention", "4d", on=EVERYWHERE),
    row("monitoring.storage", "4Gi", on=EVERYWHERE),
    row("monitoring.receiver.type", "slack", monitoring__receiver=SLACK, **SLACK_SECRET),
    row("monitoring.receiver.to", "others@example.com"),
    row("monitoring.receiver.sender", "stack@example.com"),
    row("monitoring.receiver.smarthost", "smtp.example.com:587"),
    row("monitoring.receiver.username", "stack"),
    row("monitoring.receiver.channel", "#alerts", monitoring__receiver=SLACK, **SLACK_SECRET),
    row("monitoring.runbooks", "https://example.com/runbooks"),
    row("monitoring.clusterBrowser", "admin"),
    row("monitoring.clusterBrowser", REMOVED),
    row("monitoring.clusterBrowserHost", "browser.localhost"),
    row("backups.store", "none", note="backups that were made stay"),
    row("backups.store", "s3", on=(EKS,), backups__bucket="acme-backups", backups__region="eu-central-1"),
    row("backups.drill", None),
    row("backups.image", f"versity/versitygw:1{DIGEST}"),
    row("backups.bucket", "acme-other", on=(EXISTING,)),
    row("backups.prefix", "shop", on=(EXISTING,)),
    row("backups.region", "eu-west-1", on=(EXISTING,)),
    row("backups.endpoint", "https://s3.example.com", on=(EXISTING,), **STORE_SECRETS),
    *(
        change
        for chart in (
            "cloudnative-pg",
            "plugin-barman-cloud",
            "traefik",
            "kube-prometheus-stack",
            "metrics-server",
            "headlamp",
        )
        for change in (
            _chart(chart, "source", "https://mirror.example.com/charts"),
            _chart(chart, "version", "99.0.0"),
        )
    ),
)


ENGINE_ALONE = {(EKS, it.name) for it in ROWS if it.key in (f"{EKS_KEY}domain", f"{EKS_KEY}hostedZone", f"{APP}host")}
"""Type of cluster and name of each row that the planner does not model: answers of AWS that other resources need."""


class Elsewhere(NamedTuple):
    """A change that another test makes, or the key that it belongs to."""

    key: str
    change: str
    effect: str
    test: str = ""
    """Test that shows it: file::function."""


_FALLBACK = "tests/unit/cli/test_fallback.py::test_"
ELSEWHERE = (
    Elsewhere(
        "apps.<name>",
        "added",
        "installed beside the others, which are not touched",
        "tests/engine/test_changes.py::test_added_applications_do_not_touch_the_first",
    ),
    Elsewhere(
        "apps.<name>.renamedFrom",
        "application and secrets under another name, with the old name here",
        "nothing",
        "tests/engine/test_data_loss.py::test_a_renamed_application_keeps_everything",
    ),
    *(
        Elsewhere(
            f"cluster (existing).stackReference.{key}",
            "the output of another stack instead of a file",
            "refused, unless it leads to the same cluster",
            "tests/unit/stacks/test_cluster_identity.py::test_another_cluster_is_refused",
        )
        for key in ("stack", "output")
    ),
    Elsewhere(
        "cluster (kind).type",
        "`kind` → `processes`",
        "refused: the stack is deployed on Kubernetes; `make down` first, or another stack",
        f"{_FALLBACK}another_type_needs_down_first",
    ),
    Elsewhere(
        "cluster (processes).type",
        "`processes` → `kind`",
        "refused: the stack runs as processes; `make down` first, or another stack",
        f"{_FALLBACK}another_type_needs_down_first",
    ),
    *(
        Elsewhere(f"cluster (existing).{key}", "", f"see `{other}`")
        for key, other in {
            "databaseOperator.namespace": "databaseOperator.install",
            "monitoring.namespace": "monitoring.install",
            "gateway.namespace": "gateway.install",
            "gateway.ingressClass": "gateway.install",
        }.items()
    ),
)
