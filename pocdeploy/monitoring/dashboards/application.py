"""Application: metrics of one application's framework, with the names of django-prometheus."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders import stat as stat_builder
from grafana_foundation_sdk.builders import timeseries as timeseries_builder

from pocdeploy.monitoring.dashboards.overview import business
from pocdeploy.monitoring.dashboards.panels import GOOD_IF_NONE, USED, fill, new_dashboard, stat, timeseries
from pocdeploy.monitoring.scope import Watched

_HERE = 'namespace="$app"'
_WEB = f'{_HERE}, container="web"'
_WINDOW = "[$__rate_interval]"
_RESPONSES = "django_http_responses_total_by_status_view_method_total"
_LATENCY = "django_http_requests_latency_seconds_by_view_method_bucket"


def build(watched: Watched) -> dashboard.Dashboard:
    """Return the dashboard."""
    board = new_dashboard("application", "Application", "One application from the inside.", apps=watched.apps)
    fill(
        board,
        {
            "Now": _now(),
            "Requests": _requests(),
            "Database, as the application sees it": _database(),
            "Pods": _pods(),
            "What it is for": business(watched),
        },
    )
    return board


def _now() -> list[stat_builder.Panel]:
    return [
        stat("Requests", f"sum(rate({_RESPONSES}{{{_HERE}}}[5m]))", unit="reqps", decimals=2),
        stat(
            "Errors",
            f'(sum(rate({_RESPONSES}{{{_HERE}, status=~"5.."}}[5m])) or vector(0))'
            f" / (sum(rate({_RESPONSES}{{{_HERE}}}[5m])) > 0)",
            unit="percentunit",
            decimals=2,
            steps=((None, "green"), (0.01, "orange"), (0.05, "red")),
            empty="no requests",
        ),
        stat(
            "Slower than",
            f"histogram_quantile(0.95, sum by (le) (rate({_LATENCY}{{{_HERE}}}[5m])))",
            unit="s",
            steps=((None, "green"), (0.5, "orange"), (1, "red")),
            empty="no requests",
            help_text="One request in twenty takes longer than this.",
        ),
        stat(
            "Busy",
            f"sum(django_http_requests_in_flight{{{_HERE}}}) / sum(gunicorn_threads{{{_HERE}}})",
            unit="percentunit",
            decimals=0,
            steps=USED,
            help_text="Requests being handled, of those that the workers can handle at once.",
        ),
        stat(
            "Migrations to do",
            f"max(django_migrations_unapplied{{{_HERE}}})",
            steps=GOOD_IF_NONE,
            help_text="Migrations of the running image that the database has not had.",
        ),
        stat("Migrations done", f"max(django_migrations_applied{{{_HERE}}})"),
    ]


def _requests() -> list[timeseries_builder.Panel]:
    every = f"{_RESPONSES}{{{_HERE}}}{_WINDOW}"
    slow = f"sum by (le, view) (rate({_LATENCY}{{{_HERE}}}{_WINDOW}))"
    return [
        timeseries("By view", (f"sum by (view) (rate({every}))", "{{view}}"), unit="reqps", width=12, stacked=True),
        timeseries(
            "By status", (f"sum by (status) (rate({every}))", "{{status}}"), unit="reqps", width=12, stacked=True
        ),
        timeseries(
            "Errors by view",
            (f'sum by (view) (rate({_RESPONSES}{{{_HERE}, status=~"5.."}}{_WINDOW})) or vector(0)', "{{view}}"),
            unit="reqps",
        ),
        timeseries("Latency by view, 95 %", (f"histogram_quantile(0.95, {slow})", "{{view}}"), unit="s"),
        timeseries(
            "Latency by status, 95 %",
            (
                f"histogram_quantile(0.95, sum by (le, status) (rate({_LATENCY}{{{_HERE}}}{_WINDOW})))",
                "{{status}}",
            ),
            unit="s",
        ),
        timeseries(
            "In flight",
            (f"sum(django_http_requests_in_flight{{{_HERE}}})", "requests"),
            (f"sum(gunicorn_threads{{{_HERE}}})", "threads"),
        ),
        timeseries(
            "Exceptions by type",
            (
                f"sum by (type) (rate(django_http_exceptions_total_by_type_total{{{_HERE}}}{_WINDOW})) or vector(0)",
                "{{type}}",
            ),
            unit="ops",
        ),
        timeseries("Workers", (f"sum by (pod) (gunicorn_workers{{{_HERE}}})", "{{pod}}")),
    ]


def _database() -> list[timeseries_builder.Panel]:
    duration = "django_db_query_duration_seconds"
    buckets = f"sum by (le) (rate({duration}_bucket{{{_HERE}}}{_WINDOW}))"
    return [
        timeseries("Queries", (f"sum(rate(django_db_execute_total{{{_HERE}}}{_WINDOW}))", "queries"), unit="ops"),
        timeseries(
            "Query time", *((f"histogram_quantile({q}, {buckets})", f"{q:.0%}") for q in (0.5, 0.95, 0.99)), unit="s"
        ),
        timeseries(
            "Connections",
            (f"sum by (pod) (django_db_connections_open{{{_HERE}}})", "{{pod}}"),
            help_text="That the application's workers hold open.",
        ),
        timeseries(
            "New connections",
            (f"sum(rate(django_db_new_connections_total{{{_HERE}}}{_WINDOW}))", "made"),
            (f"sum(rate(django_db_new_connection_errors_total{{{_HERE}}}{_WINDOW})) or vector(0)", "failed"),
            unit="ops",
        ),
        timeseries(
            "Errors of the database",
            (f"sum by (type) (rate(django_db_errors_total{{{_HERE}}}{_WINDOW})) or vector(0)", "{{type}}"),
            unit="ops",
        ),
        timeseries(
            "Share of the time spent in the database",
            (
                f"sum(rate({duration}_sum{{{_HERE}}}{_WINDOW}))"
                f" / sum(rate(django_http_requests_latency_seconds_by_view_method_sum{{{_HERE}}}{_WINDOW}))",
                "of the time of requests",
            ),
            unit="percentunit",
            highest=1,
        ),
    ]


def _pods() -> list[timeseries_builder.Panel]:
    return [
        timeseries(
            "CPU",
            (f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{_WEB}}}{_WINDOW}))", "{{pod}}"),
            (f'max(kube_pod_container_resource_limits{{{_WEB}, resource="cpu"}})', "limit"),
        ),
        timeseries(
            "Memory",
            (f"sum by (pod) (container_memory_working_set_bytes{{{_WEB}}})", "{{pod}}"),
            (f'max(kube_pod_container_resource_limits{{{_WEB}, resource="memory"}})', "limit"),
            unit="bytes",
        ),
        timeseries(
            "Pods",
            (f"sum(kube_deployment_status_replicas_available{{{_HERE}}})", "ready"),
            (f"sum(kube_horizontalpodautoscaler_spec_max_replicas{{{_HERE}}})", "most"),
            (f"sum(increase(kube_pod_container_status_restarts_total{{{_WEB}}}[1h]))", "restarts in an hour"),
        ),
    ]
