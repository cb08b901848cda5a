"""The gateway's chart values: a pure function from facts to a plain dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.cluster.interface import Exposure
from components.shared.chart import spread_constraints

METRICS_PORT_NAME = "metrics"
PODS = {"app.kubernetes.io/name": "traefik"}
DRAIN_SECONDS = 10
"""How long a pod that is to end still takes requests: until every node knows that it is no longer there."""
BUCKETS = "0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10"
"""Seconds. Traefik's own begin at 100 ms, where nearly all requests of a healthy application are done."""


def values(exposure: Exposure, *, class_name: str, labels: Mapping[str, str], topology_key: str) -> dict[str, Any]:
    """Return the values of Traefik's chart.

    Args:
        exposure: how the cluster lets the gateway be reached.
        class_name: name of the IngressClass.
        labels: labels of everything that the chart makes.
        topology_key: node label over which its two pods are spread.
    """
    entry_points: dict[str, dict[str, Any]] = {}
    for entry in ("web", "websecure"):
        entry_points[entry] = {"transport": {"lifeCycle": {"requestAcceptGraceTimeout": DRAIN_SECONDS}}}
        if entry in exposure.node_ports:
            entry_points[entry]["nodePort"] = exposure.node_ports[entry]
        if entry not in exposure.entry_points:
            entry_points[entry]["expose"] = {"default": False}
    if exposure.redirect_to_https:
        redirection = {"entryPoint": {"to": "websecure", "scheme": "https", "permanent": True}}
        entry_points["web"]["http"] = {"redirections": redirection}
    providers: dict[str, Any] = {
        # Plain Ingress objects are the whole language of this program.
        "kubernetesCRD": {"enabled": False},
        "kubernetesIngress": {"enabled": True, "ingressClass": class_name},
    }
    if exposure.status_host:
        # Pulumi waits until an Ingress has an address, and behind a NodePort nobody else would write one.
        providers["kubernetesIngress"]["ingressEndpoint"] = {"hostname": exposure.status_host}
        providers["kubernetesIngress"]["publishedService"] = {"enabled": False}
    spec: dict[str, Any] = {"type": exposure.service_type}
    if exposure.load_balancer_class:
        spec["loadBalancerClass"] = exposure.load_balancer_class
    if exposure.allowed_cidrs:
        spec["loadBalancerSourceRanges"] = list(exposure.allowed_cidrs)
    return {
        "ingressClass": {"enabled": True, "isDefaultClass": True, "name": class_name},
        "providers": providers,
        "ports": entry_points,
        # `service.type` would be ignored without a word, and a load balancer waited for that never comes.
        "service": {"annotations": dict(exposure.annotations), "spec": spec},
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "ingressRoute": {"dashboard": {"enabled": False}},
        "deployment": {"replicas": 2},
        "topologySpreadConstraints": spread_constraints(PODS, topology_key),
        # A node that is drained must not take both at once.
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "commonLabels": dict(labels),
        "metrics": {"prometheus": {"buckets": BUCKETS}},
        "log": {"format": "json"},
        # With the id that the application gives a request, so that its lines and the gateway's are found together.
        "accessLog": {
            "enabled": True,
            "format": "json",
            "fields": {"headers": {"defaultMode": "drop", "names": {"X-Request-Id": "keep"}}},
        },
    }
