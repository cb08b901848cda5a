"""When each alert fires and when it is silent: series in promtool's notation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Case:
    """One situation."""

    alert: str
    when: str
    """The situation in words."""
    series: Mapping[str, str]
    at: str = "20m"
    """When it is looked at."""
    step: str = "30s"
    """Time from one sample to the next, and from one evaluation to the next."""
    fires: str = ""
    """Summary of the alert that fires; empty if it is silent."""
    labels: Mapping[str, str] = field(default_factory=lambda: {"namespace": "shop"})
    """Labels of the alert that fires, without its name and severity."""


def _fires(alert: str, when: str, summary: str, series: Mapping[str, str], **more: object) -> Case:
    return Case(alert=alert, when=when, fires=summary, series=series, **more)  # type: ignore[arg-type]


def _silent(alert: str, when: str, series: Mapping[str, str], **more: object) -> Case:
    return Case(alert=alert, when=when, series=series, **more)  # type: ignore[arg-type]


_BACKEND = 'service="shop-shop-http@kubernetes"'
_REQUESTS = f'traefik_service_requests_total{{code="%s", {_BACKEND}}}'
_BUCKET = f'traefik_service_request_duration_seconds_bucket{{code="200", {_BACKEND}, le="%s"}}'
_DEPLOYMENT = {"namespace": "shop", "deployment": "shop"}
_CREATED = 'kube_deployment_created{namespace="shop", deployment="shop"}'
_AVAILABLE = 'kube_deployment_status_replicas_available{namespace="shop", deployment="shop"}'
_HPA = 'kube_horizontalpodautoscaler_%s{namespace="shop", horizontalpodautoscaler="shop"}'
_JOB = 'kube_job_%s{namespace="shop", job_name="shop-migrate-%s"}'
_ENDED = 'kube_job_%s{namespace="shop", job_name="shop-migrate-%s", condition="true"}'
_WEB = 'namespace="shop", pod="shop-1", container="web"'

APPLICATION = [
    _fires(
        "AppDown",
        "no pod is available",
        "shop: no pod is ready to serve",
        {_CREATED: "1x50", _AVAILABLE: "0x50"},
        labels=_DEPLOYMENT,
    ),
    _fires(
        "AppDown",
        "the Deployment is gone",
        "shop: no pod is ready to serve",
        {_CREATED.replace("shop", "other"): "1x50", _AVAILABLE.replace("shop", "other"): "1x50"},
        labels=_DEPLOYMENT,
    ),
    _silent("AppDown", "one pod is available", {_CREATED: "1x50", _AVAILABLE: "1x50"}),
    _silent("AppDown", "it was down for half a minute", {_CREATED: "1x50", _AVAILABLE: "1x37 0 1x12"}, at="19m"),
    _silent("AppDown", "nothing is known of Deployments", {}),
    _fires(
        "AppErrorRate",
        "one request in eleven fails",
        "shop: 9.091% of the requests fail",
        {_REQUESTS % 200: "0+60x50", _REQUESTS % 502: "0+6x50"},
    ),
    _silent("AppErrorRate", "one in sixty fails", {_REQUESTS % 200: "0+60x50", _REQUESTS % 500: "0+1x50"}),
    _silent("AppErrorRate", "wrong addresses are asked for", {_REQUESTS % 404: "0+60x50"}),
    _silent("AppErrorRate", "one request a minute, which fails", {_REQUESTS % 500: "0+0.5x50"}),
    _fires(
        "AppLatency",
        "all requests take longer than a second",
        "shop: one request in twenty takes longer than 2.425s",
        {_REQUESTS % 200: "0+60x50", _BUCKET % 1: "0x50", _BUCKET % 2.5: "0+60x50", _BUCKET % "+Inf": "0+60x50"},
    ),
    _silent(
        "AppLatency",
        "all requests are fast",
        {_REQUESTS % 200: "0+60x50", _BUCKET % 0.1: "0+60x50", _BUCKET % "+Inf": "0+60x50"},
    ),
    _silent("AppLatency", "nobody asks", {_REQUESTS % 200: "7x50", _BUCKET % 1: "0x50", _BUCKET % "+Inf": "7x50"}),
    _fires(
        "AppSaturated",
        "the autoscaler is at its end",
        "shop: the application has nothing left to grow into",
        {
            _HPA % "status_desired_replicas": "5x60",
            _HPA % "spec_max_replicas": "5x60",
            _HPA % "spec_min_replicas": "2x60",
        },
    ),
    _fires(
        "AppSaturated",
        "memory is short",
        "shop: the application has nothing left to grow into",
        {
            f"container_memory_working_set_bytes{{{_WEB}}}": "95x60",
            f'kube_pod_container_resource_limits{{{_WEB}, resource="memory"}}': "100x60",
        },
    ),
    _fires(
        "AppSaturated",
        "every thread is busy",
        "shop: the application has nothing left to grow into",
        {
            'django_http_requests_in_flight{namespace="shop", pod="shop-1"}': "8x60",
            'gunicorn_threads{namespace="shop", pod="shop-1"}': "8x60",
        },
    ),
    _silent(
        "AppSaturated",
        "there is room in every way",
        {
            _HPA % "status_desired_replicas": "3x60",
            _HPA % "spec_max_replicas": "5x60",
            _HPA % "spec_min_replicas": "2x60",
            f"container_memory_working_set_bytes{{{_WEB}}}": "50x60",
            f'kube_pod_container_resource_limits{{{_WEB}, resource="memory"}}': "100x60",
            'django_http_requests_in_flight{namespace="shop", pod="shop-1"}': "1x60",
            'gunicorn_threads{namespace="shop", pod="shop-1"}': "8x60",
        },
    ),
    _silent(
        "AppSaturated",
        "the number of pods is fixed",
        {
            _HPA % "status_desired_replicas": "2x60",
            _HPA % "spec_max_replicas": "2x60",
            _HPA % "spec_min_replicas": "2x60",
        },
    ),
    _fires(
        "MigrationFailed",
        "the only migration has failed",
        "shop: the last migration of the database has failed",
        {_JOB % ("created", "a"): "100x50", _ENDED % ("failed", "a"): "1x50"},
        at="1m",
    ),
    _fires(
        "MigrationFailed",
        "it has failed after one that was well",
        "shop: the last migration of the database has failed",
        {
            _JOB % ("created", "a"): "100x50",
            _ENDED % ("complete", "a"): "1x50",
            _JOB % ("created", "b"): "200x50",
            _ENDED % ("failed", "b"): "1x50",
        },
        at="1m",
    ),
    _silent(
        "MigrationFailed",
        "a later one was well",
        {
            _JOB % ("created", "a"): "100x50",
            _ENDED % ("failed", "a"): "1x50",
            _JOB % ("created", "b"): "200x50",
            _ENDED % ("complete", "b"): "1x50",
        },
    ),
]

_ONE, _TWO = ('namespace="shop", pod="shop-db-1"', 'namespace="shop", pod="shop-db-2"')
_THREE = 'namespace="shop", pod="shop-db-3"'
_RECOVERY, _UP = "cnpg_pg_replication_in_recovery{%s}", "cnpg_collector_up{%s}"
_RECEIVES = "cnpg_pg_replication_is_wal_receiver_up{%s}"
_PRIMARY = {"namespace": "shop", "pod": "shop-db-1"}
_REPLICA = {"namespace": "shop", "pod": "shop-db-2"}
_BROKEN = "shop: PostgreSQL is not whole again after a failure"
_WHOLE = {_UP % _ONE: "1x60", _UP % _TWO: "1x60", _UP % _THREE: "1x60"}
_HOURS = "x360"  # thirty, with a sample every five minutes

DATABASE = [
    _fires(
        "DatabaseNoPrimary",
        "there are only replicas",
        "shop: no PostgreSQL instance takes writes",
        {_RECOVERY % _ONE: "1x50", _RECOVERY % _TWO: "1x50"},
    ),
    _fires("DatabaseNoPrimary", "no instance answers", "shop: no PostgreSQL instance takes writes", {}),
    _silent("DatabaseNoPrimary", "there is one", {_RECOVERY % _ONE: "0x50", _RECOVERY % _TWO: "1x50"}),
    _silent(
        "DatabaseNoPrimary",
        "another took over in time",
        {_RECOVERY % _ONE: "0x36 stale", _RECOVERY % _TWO: "1x38 0x12"},
        at="19m",
    ),
    _fires(
        "DatabaseFailedOver",
        "a replica was promoted",
        "shop: shop-db-2 has become the primary",
        {_RECOVERY % _ONE: "0x30 stale", _RECOVERY % _TWO: "1x31 0x20"},
        labels=_REPLICA,
    ),
    _silent(
        "DatabaseFailedOver",
        "that was long ago",
        {_RECOVERY % _ONE: "0x5 1x50", _RECOVERY % _TWO: "1x5 0x50"},
    ),
    _silent("DatabaseFailedOver", "nothing has changed", {_RECOVERY % _ONE: "0x50", _RECOVERY % _TWO: "1x50"}),
    _fires("DatabaseFailoverFailed", "an instance stays away", _BROKEN, {_UP % _ONE: "1x50", _UP % _TWO: "1x50"}),
    _fires(
        "DatabaseFailoverFailed",
        "an instance follows nobody",
        _BROKEN,
        {**_WHOLE, _RECOVERY % _TWO: "1x50", _RECEIVES % _TWO: "0x50"},
    ),
    _fires(
        "DatabaseFailoverFailed",
        "the operator may not switch over",
        _BROKEN,
        {**_WHOLE, f"cnpg_collector_manual_switchover_required{{{_ONE}}}": "1x50"},
    ),
    _silent(
        "DatabaseFailoverFailed",
        "all are there, and follow",
        {
            **_WHOLE,
            _RECOVERY % _ONE: "0x50",
            _RECEIVES % _ONE: "0x50",
            _RECOVERY % _TWO: "1x50",
            _RECEIVES % _TWO: "1x50",
            f"cnpg_collector_manual_switchover_required{{{_ONE}}}": "0x50",
        },
    ),
    _silent(
        "DatabaseFailoverFailed",
        "an instance was away for two minutes",
        {_UP % _ONE: "1x50", _UP % _TWO: "1x50", _UP % _THREE: "1x30 0x4 1x20"},
        at="17m",
    ),
    _fires(
        "DatabaseReplicationLag",
        "a replica lags",
        "shop: shop-db-2 is 45s behind the primary",
        {f"cnpg_pg_replication_lag{{{_TWO}}}": "45x50"},
        labels=_REPLICA,
    ),
    _silent("DatabaseReplicationLag", "a replica is close", {f"cnpg_pg_replication_lag{{{_TWO}}}": "5x50"}),
    _fires(
        "DatabaseConnectionsNearLimit",
        "nine of ten are in use",
        "shop: shop-db-1 uses 90% of its connections",
        {
            f'cnpg_backends_total{{{_ONE}, state="active"}}': "50x50",
            f'cnpg_backends_total{{{_ONE}, state="idle"}}': "40x50",
            f'cnpg_pg_settings_setting{{{_ONE}, name="max_connections"}}': "100x50",
        },
        labels=_PRIMARY,
    ),
    _silent(
        "DatabaseConnectionsNearLimit",
        "half of them are in use",
        {
            f'cnpg_backends_total{{{_ONE}, state="active"}}': "50x50",
            f'cnpg_pg_settings_setting{{{_ONE}, name="max_connections"}}': "100x50",
        },
    ),
    _fires(
        "DatabaseLongTransaction",
        "one is open for minutes",
        "shop: transaction of shop open for 6m 40s",
        {f'cnpg_backends_max_tx_duration_seconds{{{_ONE}, datname="shop", usename="shop", state="active"}}': "400x50"},
        labels={**_PRIMARY, "datname": "shop", "usename": "shop"},
    ),
    _silent(
        "DatabaseLongTransaction",
        "one is open for seconds",
        {f'cnpg_backends_max_tx_duration_seconds{{{_ONE}, datname="shop", usename="shop", state="active"}}': "20x50"},
    ),
    _fires(
        "DatabaseBackupTooOld",
        "the last one was yesterday",
        "shop: the last backup is 1d 4h 0m 0s old",
        {f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{_ONE}}}": f"3600{_HOURS}"},
        at="29h",
        step="5m",
    ),
    _fires(
        "DatabaseBackupTooOld",
        "none was ever made",
        "shop: the last backup is 1d 5h 0m 0s old",
        {f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{_ONE}}}": f"0{_HOURS}"},
        at="29h",
        step="5m",
    ),
    _silent(
        "DatabaseBackupTooOld",
        "the last one was an hour ago",
        {f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{_ONE}}}": f"100800{_HOURS}"},
        at="29h",
        step="5m",
    ),
    _silent(
        "DatabaseBackupTooOld",
        "nobody has asked for backups",
        {f"cnpg_collector_last_available_backup_timestamp{{{_ONE}}}": f"0{_HOURS}"},
        at="29h",
        step="5m",
    ),
]

_CLAIM = {"namespace": "shop", "persistentvolumeclaim": "shop-db-1"}
_STATS = 'kubelet_volume_stats_%s_bytes{namespace="shop", persistentvolumeclaim="shop-db-1"}'
_UP_TARGETS = {
    'up{namespace="shop", job="shop/shop", role="application"}': "1x50",
    'up{namespace="gateway", job="gateway/traefik", role="gateway"}': "1x50",
}
_WAITING = 'kube_pod_container_status_waiting_reason{namespace="shop", pod="shop-1", container="web", reason="%s"}'
_CERTIFICATE = 'traefik_tls_certs_not_after{cn="shop.example", serial="1", sans="shop.example"}'

CLUSTER = [
    _fires(
        "VolumeAlmostFull",
        "the kubelet says so",
        "shop: shop-db-1 is 85% full",
        {_STATS % "capacity": "100x50", _STATS % "used": "85x50"},
        labels=_CLAIM,
    ),
    _fires(
        "VolumeAlmostFull",
        "the kubelet says nothing, but PostgreSQL does",
        "shop: shop-db-1 is 90% full",
        {
            'kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace="shop", '
            'persistentvolumeclaim="shop-db-1"}': "1000x50",
            f'cnpg_pg_database_size_bytes{{{_ONE}, datname="shop"}}': "800x50",
            f'cnpg_pg_database_size_bytes{{{_ONE}, datname="postgres"}}': "50x50",
            f'cnpg_collector_pg_wal{{{_ONE}, value="size"}}': "50x50",
        },
        labels=_CLAIM,
    ),
    _silent("VolumeAlmostFull", "half of it is free", {_STATS % "capacity": "100x50", _STATS % "used": "50x50"}),
    _fires(
        "VolumeFullSoon",
        "it grows",
        "shop: shop-db-1 will be full within four days",
        {_STATS % "capacity": f"100{_HOURS}", _STATS % "used": "60+0.1x100"},
        at="7h",
        step="5m",
        labels=_CLAIM,
    ),
    _silent(
        "VolumeFullSoon",
        "it does not grow",
        {_STATS % "capacity": f"100{_HOURS}", _STATS % "used": "60x100"},
        at="7h",
        step="5m",
    ),
    _silent(
        "VolumeFullSoon",
        "it grows, but is nearly empty",
        {_STATS % "capacity": f"100{_HOURS}", _STATS % "used": "10+0.1x100"},
        at="7h",
        step="5m",
    ),
    _fires(
        "CertificateExpiring",
        "that of the gateway has five days",
        "The certificate of shop.example ends in 4d 22h 0m 0s",
        {_CERTIFICATE: f"{5 * 86400}x300"},
        at="2h",
        step="5m",
        labels={"cn": "shop.example", "sans": "shop.example"},
    ),
    _fires(
        "CertificateExpiring",
        "that of a kubelet has a day",
        "The certificate of worker ends in 1d 0h 0m 0s",
        {'kubelet_certificate_manager_client_ttl_seconds{node="worker"}': "86400x300"},
        at="2h",
        step="5m",
        labels={"node": "worker"},
    ),
    _silent(
        "CertificateExpiring",
        "both have months",
        {
            _CERTIFICATE: f"{100 * 86400}x300",
            'kubelet_certificate_manager_client_ttl_seconds{node="worker"}': f"{100 * 86400}x300",
        },
        at="2h",
        step="5m",
    ),
    _fires(
        "PodCrashLooping",
        "it starts, ends and waits",
        "shop: shop-1 (web) starts again and again",
        {_WAITING % "CrashLoopBackOff": "1x5 0x2 1x5 0x2 1x5 0x2 1x5 0x2 1x5 0x2 1x10"},
        labels={"namespace": "shop", "pod": "shop-1", "container": "web"},
    ),
    _silent("PodCrashLooping", "it is being created", {_WAITING % "ContainerCreating": "1x50"}),
    _fires(
        "TargetMissing",
        "one does not answer",
        "shop/shop: Prometheus gets no metrics",
        {**_UP_TARGETS, 'up{namespace="shop", job="shop/shop", role="application"}': "0x50"},
        labels={"namespace": "shop", "job": "shop/shop", "role": "application"},
    ),
    _fires(
        "TargetMissing",
        "one was never found",
        "gateway/traefik: Prometheus gets no metrics",
        {'up{namespace="shop", job="shop/shop", role="application"}': "1x50"},
        labels={"namespace": "gateway", "job": "gateway/traefik", "role": "gateway"},
    ),
    _silent("TargetMissing", "all answer", _UP_TARGETS),
]

CASES = [*APPLICATION, *DATABASE, *CLUSTER]
