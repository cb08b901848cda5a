"""Overview: the status of application, database, gateway and monitoring on one screen."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders import stat as stat_builder
from grafana_foundation_sdk.builders import timeseries as timeseries_builder

from pocdeploy.monitoring.dashboards.panels import (
    GOOD_IF_NONE,
    fill,
    new_dashboard,
    stat,
    status_stat,
    table,
    timeseries,
)
from pocdeploy.monitoring.scope import Watched

_HERE = 'namespace="$app"'
_LOW, _TALL = 3, 6
"""Heights of panels: 18 rows in all, and six more for each two business metrics of an application."""
_INSTANCES = f"sum(pocdeploy:database_instances:expected{{{_HERE}}})"


def build(watched: Watched) -> dashboard.Dashboard:
    """Return the dashboard."""
    board = new_dashboard("overview", "Overview", "Are the application and its database well?", apps=watched.apps)
    purpose = business(watched)
    alerts = table(
        "Alerts, firing and pending",
        'ALERTS{alertname!~"Watchdog|InfoInhibitor"}',
        {"alertname": "Alert", "alertstate": "State", "severity": "Severity", "namespace": "Where"},
        width=12 if purpose else 24,
        height=_TALL,
        help_text="Each has a page in docs/runbooks.",
    )
    # Without headings it all fits on one screen.
    fill(board, {"": [*_status(), *_signals(), *_state(), *purpose, alerts]})
    return board


def _status() -> list[stat_builder.Panel]:
    web = f"sum(kube_deployment_status_replicas_available{{{_HERE}}})"
    expected = f"sum(pocdeploy:web_replicas:expected{{{_HERE}}})"
    return [
        status_stat(
            "Application",
            f"clamp_max({web} / {expected}, 1) or vector(0)",
            height=_LOW,
            help_text="Pods that are ready, of the fewest that there have to be.",
        ),
        status_stat(
            "Database",
            f"""count(cnpg_collector_up{{{_HERE}}} == 1) / {_INSTANCES}
            * (count(cnpg_pg_replication_in_recovery{{{_HERE}}} == 0) >= bool 1)
            or {_INSTANCES} * 0""",
            height=_LOW,
            help_text="PostgreSQL instances that answer, of those that there should be; down without a primary.",
        ),
        status_stat(
            "Gateway", 'avg(up{role="gateway"}) or vector(0)', help_text="Pods of Traefik that answer.", height=_LOW
        ),
        status_stat(
            "Monitoring", "sum(up) / count(up)", help_text="Targets that Prometheus gets metrics from.", height=_LOW
        ),
        stat(
            "Alerts firing",
            'count(ALERTS{alertstate="firing", severity=~"critical|warning"}) or vector(0)',
            steps=GOOD_IF_NONE,
            height=_LOW,
            help_text="Critical ones and warnings.",
        ),
        _success(),
    ]


def _success() -> stat_builder.Panel:
    return stat(
        "Success",
        f"""1 - sum(pocdeploy:gateway_errors:rate5m{{{_HERE}}})
        / (sum(pocdeploy:gateway_requests:rate5m{{{_HERE}}}) > 0)""",
        unit="percentunit",
        decimals=2,
        steps=((None, "red"), (0.95, "orange"), (0.99, "green")),
        empty="no requests",
        height=_LOW,
        help_text="Requests without a server error in the last 5 minutes.",
    )


def _signals() -> list[timeseries_builder.Panel]:
    latency = "pocdeploy:gateway_latency_seconds"
    used = f'rate(container_cpu_usage_seconds_total{{{_HERE}, container="web"}}[$__rate_interval])'
    asked = f'kube_pod_container_resource_requests{{{_HERE}, container="web", resource="cpu"}}'
    return [
        timeseries(
            "Requests",
            (f"sum(pocdeploy:gateway_requests:rate5m{{{_HERE}}})", "all"),
            (f"sum(pocdeploy:gateway_errors:rate5m{{{_HERE}}})", "failed"),
            unit="reqps",
            height=_TALL,
            help_text="At the gateway; failed: answered with 500 or above.",
        ),
        timeseries(
            "Latency",
            *((f"max({latency}:{quantile}{{{_HERE}}})", quantile) for quantile in ("p50", "p95", "p99")),
            unit="s",
            height=_TALL,
            help_text="At the gateway: half, 95 and 99 of 100 requests were faster.",
        ),
        timeseries(
            "Saturation",
            (f"sum({used}) / sum({asked})", "CPU, of what was requested"),
            (
                f'sum(container_memory_working_set_bytes{{{_HERE}, container="web"}})'
                f' / sum(kube_pod_container_resource_limits{{{_HERE}, container="web", resource="memory"}})',
                "memory, of the limit",
            ),
            unit="percentunit",
            highest=1,
            height=_TALL,
        ),
    ]


def _state() -> list[stat_builder.Panel]:
    return [
        stat(
            "Pods",
            f"sum(kube_deployment_status_replicas_available{{{_HERE}}})",
            height=_LOW,
            help_text="Pods of the application that are ready.",
        ),
        stat(
            "Primary",
            f"cnpg_pg_replication_in_recovery{{{_HERE}}} == 0",
            legend="{{pod}}",
            show="name",
            height=_LOW,
            help_text="The PostgreSQL instance that takes writes.",
        ),
        stat(
            "Replicas",
            f"max(cnpg_pg_replication_streaming_replicas{{{_HERE}}})",
            height=_LOW,
            help_text="PostgreSQL instances that follow the primary.",
        ),
        stat(
            "Last migration",
            f'max(kube_job_status_completion_time{{{_HERE}, job_name=~".+-migrate-.+"}}) * 1000',
            unit="dateTimeFromNow",
            height=_LOW,
        ),
        _image(),
    ]


def _image() -> stat_builder.Panel:
    digest = (
        f'label_replace(kube_pod_container_info{{{_HERE}, container="web"}}, '
        '"digest", "$1", "image_id", ".*@(sha256:[0-9a-f]{12}).*")'
    )
    return stat(
        "Image",
        f"count by (digest) ({digest})",
        legend="{{digest}}",
        show="name",
        width=8,
        height=_LOW,
        help_text="Digest of the image that runs; two while one takes the place of the other.",
    )


def business(watched: Watched) -> list[timeseries_builder.Panel]:
    """Return a panel for each business metric of the applications."""
    found = [(app.name, metric) for app in watched.apps for metric in app.business]
    return [
        timeseries(
            f"{name}: {metric.title}",
            (metric.query, metric.title),
            unit=metric.unit,
            width=12,
            height=_TALL,
            lowest=None,
        )
        for name, metric in found
    ]
