"""The NetworkPolicies of one web application: pure functions from plain values to dicts."""

from __future__ import annotations

from typing import Any

from components.frontend.manifests import WebAppContext
from components.shared.manifests import namespace_peer, prometheus_peer


def web_policy(context: WebAppContext, *, gateway_namespace: str, monitoring_namespace: str | None) -> dict[str, Any]:
    """Return the policy that lets the gateway reach the application's port, and Prometheus its metrics."""
    ingress = [{"from": [namespace_peer(gateway_namespace)], "ports": [{"port": "http", "protocol": "TCP"}]}]
    if context.app.metrics_port and monitoring_namespace:
        metrics = [{"port": "metrics", "protocol": "TCP"}]
        ingress.append({"from": [prometheus_peer(monitoring_namespace)], "ports": metrics})
    return {
        "metadata": context.metadata("network", name="web"),
        "spec": {
            "podSelector": {"matchLabels": context.selector("web")},
            "policyTypes": ["Ingress"],
            "ingress": ingress,
        },
    }


def smoke_policy(context: WebAppContext, gateway_namespace: str | None) -> dict[str, Any]:
    """Return the policy that lets the smoke check reach the gateway, or without one the application's pods."""
    pods = {"podSelector": {"matchLabels": context.selector("web")}}
    return {
        "metadata": context.metadata("network", name="smoke"),
        "spec": {
            "podSelector": {"matchLabels": context.selector("smoke")},
            "policyTypes": ["Egress"],
            "egress": [{"to": [namespace_peer(gateway_namespace) if gateway_namespace else pods]}],
        },
    }


def smoke_guest_policy(context: WebAppContext) -> dict[str, Any]:
    """Return the policy that lets the application's pods accept the smoke check without the gateway."""
    smoke = [{"podSelector": {"matchLabels": context.selector("smoke")}}]
    return {
        "metadata": context.metadata("network", name="smoke-guest"),
        "spec": {
            "podSelector": {"matchLabels": context.selector("web")},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": smoke, "ports": [{"port": context.app.port}]}],
        },
    }
