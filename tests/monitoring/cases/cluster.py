"""Situations of volumes, certificates, pods and targets."""

from __future__ import annotations

from tests.monitoring.cases.case import HOURS, fires, silent

_CLAIM = {"namespace": "shop", "persistentvolumeclaim": "shop-db-1"}
_INSTANCE = 'namespace="shop", pod="shop-db-1"'
_STATS = 'kubelet_volume_stats_%s_bytes{namespace="shop", persistentvolumeclaim="shop-db-1"}'
_UP_TARGETS = {
    'up{namespace="shop", job="shop/shop", role="application"}': "1x50",
    'up{namespace="gateway", job="gateway/traefik", role="gateway"}': "1x50",
}
_WAITING = 'kube_pod_container_status_waiting_reason{namespace="shop", pod="shop-1", container="web", reason="%s"}'
_CERTIFICATE = 'traefik_tls_certs_not_after{cn="shop.example", serial="1", sans="shop.example"}'

_REQUESTED = 'kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace="shop", persistentvolumeclaim="%s"}'

CLUSTER = [
    fires(
        "VolumeAlmostFull",
        "the kubelet says so",
        "shop: shop-db-1 is 85% full",
        {_STATS % "capacity": "100x50", _STATS % "used": "85x50"},
        labels=_CLAIM,
    ),
    fires(
        "VolumeAlmostFull",
        "the kubelet says nothing, but PostgreSQL does",
        "shop: shop-db-1 is 90% full",
        {
            _REQUESTED % "shop-db-1": "1000x50",
            f'cnpg_pg_database_size_bytes{{{_INSTANCE}, datname="shop"}}': "800x50",
            f'cnpg_pg_database_size_bytes{{{_INSTANCE}, datname="postgres"}}': "50x50",
            f'cnpg_collector_pg_wal{{{_INSTANCE}, value="size"}}': "50x50",
        },
        labels=_CLAIM,
    ),
    fires(
        "VolumeAlmostFull",
        "the write-ahead log grows",
        "shop: shop-db-1 is 90% full",
        {
            _REQUESTED % "shop-db-1": "1000x50",
            f'cnpg_pg_database_size_bytes{{{_INSTANCE}, datname="shop"}}': "100x50",
            f'cnpg_collector_pg_wal{{{_INSTANCE}, value="size"}}': "800x50",
        },
        labels=_CLAIM,
    ),
    fires(
        "VolumeAlmostFull",
        "the write-ahead log fills its own volume",
        "shop: shop-db-1-wal is 90% full",
        {
            _REQUESTED % "shop-db-1": "1000x50",
            _REQUESTED % "shop-db-1-wal": "1000x50",
            f'cnpg_pg_database_size_bytes{{{_INSTANCE}, datname="shop"}}': "100x50",
            f'cnpg_collector_pg_wal{{{_INSTANCE}, value="size"}}': "900x50",
        },
        labels={**_CLAIM, "persistentvolumeclaim": "shop-db-1-wal"},
    ),
    silent("VolumeAlmostFull", "half of it is free", {_STATS % "capacity": "100x50", _STATS % "used": "50x50"}),
    fires(
        "VolumeFullSoon",
        "it grows",
        "shop: shop-db-1 will be full within four days",
        {_STATS % "capacity": f"100{HOURS}", _STATS % "used": "60+0.1x100"},
        at="7h",
        step="5m",
        labels=_CLAIM,
    ),
    silent(
        "VolumeFullSoon",
        "it does not grow",
        {_STATS % "capacity": f"100{HOURS}", _STATS % "used": "60x100"},
        at="7h",
        step="5m",
    ),
    silent(
        "VolumeFullSoon",
        "it grows, but is nearly empty",
        {_STATS % "capacity": f"100{HOURS}", _STATS % "used": "10+0.1x100"},
        at="7h",
        step="5m",
    ),
    fires(
        "CertificateExpiring",
        "that of the gateway has five days",
        "The certificate of shop.example ends in 4d 22h 0m 0s",
        {_CERTIFICATE: f"{5 * 86400}x300"},
        at="2h",
        step="5m",
        labels={"cn": "shop.example", "sans": "shop.example"},
    ),
    fires(
        "CertificateExpiring",
        "that of a kubelet has a day",
        "The certificate of worker ends in 1d 0h 0m 0s",
        {'kubelet_certificate_manager_client_ttl_seconds{node="worker"}': "86400x300"},
        at="2h",
        step="5m",
        labels={"node": "worker"},
    ),
    silent(
        "CertificateExpiring",
        "both have months",
        {
            _CERTIFICATE: f"{100 * 86400}x300",
            'kubelet_certificate_manager_client_ttl_seconds{node="worker"}': f"{100 * 86400}x300",
        },
        at="2h",
        step="5m",
    ),
    fires(
        "PodCrashLooping",
        "it starts, ends and waits",
        "shop: shop-1 (web) starts again and again",
        {_WAITING % "CrashLoopBackOff": "1x5 0x2 1x5 0x2 1x5 0x2 1x5 0x2 1x5 0x2 1x10"},
        labels={"namespace": "shop", "pod": "shop-1", "container": "web"},
    ),
    silent("PodCrashLooping", "it is being created", {_WAITING % "ContainerCreating": "1x50"}),
    fires(
        "TargetMissing",
        "one does not answer",
        "shop/shop: Prometheus gets no metrics",
        {**_UP_TARGETS, 'up{namespace="shop", job="shop/shop", role="application"}': "0x50"},
        labels={"namespace": "shop", "job": "shop/shop", "role": "application"},
    ),
    fires(
        "TargetMissing",
        "one was never found",
        "gateway/traefik: Prometheus gets no metrics",
        {'up{namespace="shop", job="shop/shop", role="application"}': "1x50"},
        labels={"namespace": "gateway", "job": "gateway/traefik", "role": "gateway"},
    ),
    silent("TargetMissing", "all answer", _UP_TARGETS),
]
