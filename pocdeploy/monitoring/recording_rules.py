"""Recording rules: expected values, and series that several alerts and panels use.

Names are ``pocdeploy:<what>:<how>``. Series about an application have the label ``namespace``, which is its name.
"""

from __future__ import annotations

from typing import Any

from pocdeploy.monitoring.scope import Watched, WatchedApp

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
"""Quantiles of the latency at the gateway."""


def recording_rules(watched: Watched) -> list[dict[str, Any]]:
    """Return all recording rules; a rule may use those before it."""
    rules = [
        _rule("target:expected", "vector(1)", job=target.job, namespace=target.namespace, role=target.role)
        for target in watched.targets
    ]
    for app in watched.apps:
        rules.append(_rule("web_replicas:expected", f"vector({app.replicas})", namespace=app.name, deployment=app.name))
        rules += _gateway_rules(app)
    rules += [
        _rule("database_instances:expected", f"vector({app.instances})", namespace=app.name)
        for app in watched.databases
    ]
    return [*rules, *_volume_rules()]


def _gateway_rules(app: WatchedApp) -> list[dict[str, Any]]:
    # Traefik calls a backend <namespace>-<service>-<port>@<provider> (its pkg/provider/kubernetes/ingress).
    service = f'service="{app.name}-{app.name}-http@kubernetes"'
    requests, seconds = "traefik_service_requests_total", "traefik_service_request_duration_seconds_bucket"
    rates = {
        "gateway_requests:rate5m": f"sum(rate({requests}{{{service}}}[5m])) or vector(0)",
        "gateway_errors:rate5m": f'sum(rate({requests}{{{service}, code=~"5.."}}[5m])) or vector(0)',
    }
    latencies = {
        f"gateway_latency_seconds:{name}": f"histogram_quantile({q}, sum by (le) (rate({seconds}{{{service}}}[5m])))"
        for name, q in QUANTILES.items()
    }
    return [_rule(name, expression, namespace=app.name) for name, expression in {**rates, **latencies}.items()]


def _volume_rules() -> list[dict[str, Any]]:
    """Return the rules about the used and total bytes of volumes.

    The kubelet has no metrics of volumes that are directories of a node, as those of Kind's provisioner. For databases,
    PostgreSQL knows the size of its data and WAL, and the claim has the requested size. In CloudNativePG, claim and pod
    have the same name; the WAL can have a claim of its own, <pod>-wal.
    """
    by_claim = "max by (namespace, persistentvolumeclaim)"
    data = "sum by (namespace, pod) (cnpg_pg_database_size_bytes)"
    wal = 'max by (namespace, pod) (cnpg_collector_pg_wal{value="size"})'
    claims = 'kube_persistentvolumeclaim_resource_requests_storage_bytes{persistentvolumeclaim=~".+-wal"}'
    own = f'max by (namespace, pod) (label_replace({claims}, "pod", "$1", "persistentvolumeclaim", "(.+)-wal"))'
    together = f"({data} + on (namespace, pod) {wal} unless on (namespace, pod) {own}) or {data}"
    database = (
        f'label_replace({together}, "persistentvolumeclaim", "$1", "pod", "(.+)") '
        f'or label_replace({wal} and on (namespace, pod) {own}, "persistentvolumeclaim", "$1-wal", "pod", "(.+)")'
    )
    capacity, used = "pocdeploy:volume_capacity:bytes", "pocdeploy:volume_used:bytes"
    return [
        _rule(
            "volume_capacity:bytes",
            f"{by_claim} (kubelet_volume_stats_capacity_bytes) "
            f"or {by_claim} (kube_persistentvolumeclaim_resource_requests_storage_bytes)",
        ),
        _rule("volume_used:bytes", f"{by_claim} (kubelet_volume_stats_used_bytes) or {by_claim} ({database})"),
        _rule("volume_used:ratio", f"{used} / {capacity}"),
        # Only for volumes that grow; others are never full.
        _rule("volume_full:days", f"({capacity} - {used}) / (deriv({used}[6h]) > 0) / 86400"),
    ]


def _rule(name: str, expression: str, **labels: str) -> dict[str, Any]:
    return {"record": f"pocdeploy:{name}", "expr": expression} | ({"labels": labels} if labels else {})
