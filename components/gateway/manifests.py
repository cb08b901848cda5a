"""The chart values of the gateway: pure functions from facts to plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.cluster.interface import Exposure
from components.shared.manifests import spread_constraints

METRICS_PORT_NAME = "metrics"
PODS = {"app.kubernetes.io/name": "traefik"}
DRAIN_SECONDS = 10
"""Time in which a terminating pod still accepts requests, until all nodes have removed its endpoint."""
BUCKETS = "0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10"
"""Seconds. Traefik's default buckets start at 100 ms, but most requests of a healthy application are faster."""


def values(exposure: Exposure, *, class_name: str, labels: Mapping[str, str], topology_key: str) -> dict[str, Any]:
    """Return the values of Traefik's chart.

    Args:
        exposure: how clients outside of the cluster reach the gateway.
        class_name: name of the IngressClass.
        labels: labels of all objects of the chart.
        topology_key: node label over which its two pods are spread.
    """
    return {
        "ingressClass": {"enabled": True, "isDefaultClass": exposure.default_class, "name": class_name},
        "providers": _providers(exposure, class_name),
        "ports": _entry_points(exposure),
        "service": _service(exposure),
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "ingressRoute": {"dashboard": {"enabled": False}},
        "deployment": {"replicas": 2},
        "topologySpreadConstraints": spread_constraints(PODS, topology_key),
        # The drain of a node must not evict both pods at once.
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "commonLabels": dict(labels),
        "metrics": {"prometheus": {"buckets": BUCKETS}},
        "log": {"format": "json"},
        # With the request id that the application sets, to find the log lines of both for a request.
        "accessLog": {
            "enabled": True,
            "format": "json",
            "fields": {"headers": {"defaultMode": "drop", "names": {"X-Request-Id": "keep"}}},
        },
    }


def _providers(exposure: Exposure, class_name: str) -> dict[str, Any]:
    providers: dict[str, Any] = {
        # The program uses only standard Ingress objects.
        "kubernetesCRD": {"enabled": False},
        "kubernetesIngress": {"enabled": True, "ingressClass": class_name},
    }
    if exposure.status_host:
        # Pulumi waits until an Ingress has an address. Without a load balancer only this setting writes one.
        providers["kubernetesIngress"]["ingressEndpoint"] = {"hostname": exposure.status_host}
        providers["kubernetesIngress"]["publishedService"] = {"enabled": False}
    return providers


def _entry_points(exposure: Exposure) -> dict[str, dict[str, Any]]:
    entry_points: dict[str, dict[str, Any]] = {}
    for entry in ("web", "websecure"):
        entry_points[entry] = {"transport": {"lifeCycle": {"requestAcceptGraceTimeout": DRAIN_SECONDS}}}
        if exposure.trusted_proxies:
            entry_points[entry]["forwardedHeaders"] = {"trustedIPs": list(exposure.trusted_proxies)}
        if entry in exposure.node_ports:
            entry_points[entry]["nodePort"] = exposure.node_ports[entry]
        if entry not in exposure.entry_points:
            entry_points[entry]["expose"] = {"default": False}
    if exposure.redirect_to_https:
        redirection = {"entryPoint": {"to": "websecure", "scheme": "https", "permanent": True}}
        entry_points["web"]["http"] = {"redirections": redirection}
    return entry_points


def _service(exposure: Exposure) -> dict[str, Any]:
    spec: dict[str, Any] = {"type": exposure.service_type}
    if exposure.load_balancer_class:
        spec["loadBalancerClass"] = exposure.load_balancer_class
    if exposure.allowed_cidrs:
        spec["loadBalancerSourceRanges"] = list(exposure.allowed_cidrs)
    # The chart silently ignores `service.type`. The Service would be a load balancer, and Pulumi would wait for it.
    return {"annotations": dict(exposure.annotations), "spec": spec}
