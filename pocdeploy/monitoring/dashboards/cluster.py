"""Cluster: nodes, pods, volumes, and the gateway."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders import stat as stat_builder
from grafana_foundation_sdk.builders import table as table_builder
from grafana_foundation_sdk.builders import timeseries as timeseries_builder

from pocdeploy.monitoring.dashboards.panels import (
    GOOD_IF_NONE,
    USED,
    fill,
    new_dashboard,
    stat,
    status_stat,
    table,
    timeseries,
)

_WINDOW = "[$__rate_interval]"


def build() -> dashboard.Dashboard:
    """Return the dashboard."""
    board = new_dashboard("cluster", "Cluster", "What everything stands on.")
    fill(
        board,
        {
            "Now": _now(),
            "Nodes": _nodes(),
            "Pods": _pods(),
            "Volumes": _volumes(),
            "Gateway": _gateway(),
            "Monitoring": _monitoring(),
        },
    )
    return board


def _now() -> list[stat_builder.Panel]:
    ready = 'kube_node_status_condition{condition="Ready", status="true"}'
    return [
        status_stat("Nodes", f"avg({ready})", help_text="Nodes that are ready."),
        stat("Pods", 'sum(kube_pod_status_phase{phase="Running"})'),
        stat(
            "Pods that wait",
            'sum(kube_pod_status_phase{phase=~"Pending|Unknown|Failed"})',
            steps=GOOD_IF_NONE,
            help_text="Pending, failed or unknown.",
        ),
        stat(
            "Restarts in an hour",
            "sum(increase(kube_pod_container_status_restarts_total[1h]))",
            decimals=0,
            steps=((None, "green"), (1, "orange"), (5, "red")),
        ),
        stat("Jobs that failed", 'count(kube_job_failed{condition="true"} == 1) or vector(0)', steps=GOOD_IF_NONE),
        stat(
            "First certificate to end",
            "min(traefik_tls_certs_not_after) * 1000",
            unit="dateTimeFromNow",
            help_text="Of those that the gateway serves.",
        ),
    ]


def _nodes() -> list[timeseries_builder.Panel]:
    return [
        timeseries(
            "CPU",
            (f'1 - avg by (instance) (rate(node_cpu_seconds_total{{mode="idle"}}{_WINDOW}))', "{{instance}}"),
            unit="percentunit",
            highest=1,
        ),
        timeseries(
            "Memory",
            ("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"),
            unit="percentunit",
            highest=1,
        ),
        timeseries("Load", ("node_load1", "{{instance}}")),
    ]


def _pods() -> list[timeseries_builder.Panel | table_builder.Panel]:
    return [
        timeseries(
            "CPU by namespace",
            (
                f'sum by (namespace) (rate(container_cpu_usage_seconds_total{{container!=""}}{_WINDOW}))',
                "{{namespace}}",
            ),
            stacked=True,
        ),
        timeseries(
            "Memory by namespace",
            ('sum by (namespace) (container_memory_working_set_bytes{container!=""})', "{{namespace}}"),
            unit="bytes",
            stacked=True,
        ),
        timeseries(
            "Network by namespace",
            (f"sum by (namespace) (rate(container_network_receive_bytes_total{_WINDOW}))", "{{namespace}} in"),
            (f"sum by (namespace) (rate(container_network_transmit_bytes_total{_WINDOW}))", "{{namespace}} out"),
            unit="Bps",
        ),
        table(
            "Restarts",
            "topk(10, sum by (namespace, pod, container) (kube_pod_container_status_restarts_total) > 0)",
            {"namespace": "Namespace", "pod": "Pod", "container": "Container", "Value": "Restarts"},
            width=24,
            height=6,
        ),
    ]


def _volumes() -> list[stat_builder.Panel | timeseries_builder.Panel | table_builder.Panel]:
    return [
        stat("Fullest", "max(pocdeploy:volume_used:ratio)", unit="percentunit", decimals=0, steps=USED),
        table(
            "Volumes",
            "max by (namespace, persistentvolumeclaim) (pocdeploy:volume_used:ratio)",
            {"namespace": "Namespace", "persistentvolumeclaim": "Claim", "Value": "Used"},
            unit="percentunit",
            width=20,
            height=6,
        ),
    ]


def _gateway() -> list[timeseries_builder.Panel]:
    seconds = f"sum by (le, entrypoint) (rate(traefik_entrypoint_request_duration_seconds_bucket{_WINDOW}))"
    return [
        timeseries(
            "Requests by status",
            (f"sum by (code) (rate(traefik_entrypoint_requests_total{_WINDOW}))", "{{code}}"),
            unit="reqps",
            stacked=True,
        ),
        timeseries("Latency, 95 %", (f"histogram_quantile(0.95, {seconds})", "{{entrypoint}}"), unit="s"),
        timeseries("Open connections", ("sum by (entrypoint) (traefik_open_connections)", "{{entrypoint}}")),
    ]


def _monitoring() -> list[timeseries_builder.Panel | table_builder.Panel]:
    return [
        table("Targets", "min by (namespace, job) (up)", {"namespace": "Namespace", "job": "Job", "Value": "Up"}),
        timeseries("Series", ("sum(prometheus_tsdb_head_series)", "in memory"), width=6),
        timeseries(
            "Size of the samples",
            ("sum(prometheus_tsdb_storage_blocks_bytes)", "blocks"),
            unit="bytes",
            width=6,
        ),
    ]
