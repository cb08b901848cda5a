"""The gateway's chart values: a pure function from facts to a plain dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.cluster.facts import Exposure

METRICS_PORT_NAME = "metrics"


def values(exposure: Exposure, *, class_name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of Traefik's chart.

    Args:
        exposure: how the cluster lets the gateway be reached.
        class_name: name of the IngressClass.
        labels: labels of everything that the chart makes.
    """
    entry_points = {
        entry: {"nodePort": exposure.node_ports[entry]}
        for entry in ("web", "websecure")
        if entry in exposure.node_ports
    }
    providers: dict[str, Any] = {
        # Plain Ingress objects are the whole language of this program.
        "kubernetesCRD": {"enabled": False},
        "kubernetesIngress": {"enabled": True, "ingressClass": class_name},
    }
    if exposure.status_host:
        # Pulumi waits until an Ingress has an address, and behind a NodePort nobody else would write one.
        providers["kubernetesIngress"]["ingressEndpoint"] = {"hostname": exposure.status_host}
        providers["kubernetesIngress"]["publishedService"] = {"enabled": False}
    return {
        "ingressClass": {"enabled": True, "isDefaultClass": True, "name": class_name},
        "providers": providers,
        "ports": entry_points,
        # `service.type` would be ignored without a word, and a load balancer waited for that never comes.
        "service": {"annotations": dict(exposure.annotations), "spec": {"type": exposure.service_type}},
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "ingressRoute": {"dashboard": {"enabled": False}},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "commonLabels": dict(labels),
    }
