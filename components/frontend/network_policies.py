"""The NetworkPolicies of one web application: pure functions from plain values to dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.frontend import nginx
from components.frontend.context import WebAppContext
from components.frontend.manifests import HTTP, metrics_port
from components.shared.manifests import namespace_peer, prometheus_peer


def web_policy(context: WebAppContext, *, gateway_namespace: str, monitoring_namespace: str | None) -> dict[str, Any]:
    """Return the policy that lets the gateway reach the application's port, and Prometheus its metrics."""
    ingress = [{"from": [namespace_peer(gateway_namespace)], "ports": [{"port": HTTP, "protocol": "TCP"}]}]
    port = metrics_port(context.app)
    if port and monitoring_namespace:
        metrics = [{"port": port, "protocol": "TCP"}]
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
    port = nginx.listen_port(context.app) if context.app.web_server else context.app.port
    return {
        "metadata": context.metadata("network", name="smoke-guest"),
        "spec": {
            "podSelector": {"matchLabels": context.selector("web")},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": smoke, "ports": [{"port": port}]}],
        },
    }


PRIVATE = {
    "0.0.0.0/0": ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
    "::/0": ["::1/128", "fc00::/7", "fe80::/10"],
}
"""All addresses of IPv4 and IPv6 -> those that are not public: of the cluster, its nodes, the metadata of a cloud."""


def internet_policy(context: WebAppContext) -> dict[str, Any] | None:
    """Return the policy that lets all pods of an application reach addresses outside of the cluster; None without."""
    internet = context.app.connections.internet
    public = [{"ipBlock": {"cidr": cidr, "except": excepted}} for cidr, excepted in PRIVATE.items()]
    if not internet:
        return None
    rules: list[dict[str, Any]] = [{"to": public}] if internet is True else []
    for destination in () if isinstance(internet, bool) else internet:
        # A policy cannot name a host, and the addresses of most hosts change.
        to = public if destination.cidr is None else [{"ipBlock": {"cidr": destination.cidr}}]
        rules.append({"to": to, "ports": [{"port": port, "protocol": "TCP"} for port in destination.ports]})
    return _policy(context, "internet", {"policyTypes": ["Egress"], "egress": rules})


def calls_policy(context: WebAppContext) -> dict[str, Any] | None:
    """Return the policy that lets all pods of an application call other ones; None if it may call none."""
    peers = [{**namespace_peer(other), "podSelector": _web(other)} for other in context.app.connections.apps]
    # By the number of the port of each: a named one would have to be the same in all of them.
    egress = [{"to": peers}]
    return _policy(context, "calls", {"policyTypes": ["Egress"], "egress": egress}) if peers else None


def callers_policy(context: WebAppContext, callers: Sequence[str]) -> dict[str, Any] | None:
    """Return the policy that lets other applications call this one; None if none may."""
    peers = [
        {**namespace_peer(other), "podSelector": {"matchLabels": {"app.kubernetes.io/name": other}}}
        for other in callers
    ]
    ingress = [{"from": peers, "ports": [{"port": HTTP, "protocol": "TCP"}]}]
    spec = {"policyTypes": ["Ingress"], "ingress": ingress}
    return _policy(context, "callers", spec, pods=context.selector("web")) if peers else None


def _web(app: str) -> dict[str, Any]:
    return {"matchLabels": {"app.kubernetes.io/name": app, "app.kubernetes.io/component": "web"}}


def _policy(
    context: WebAppContext, name: str, spec: dict[str, Any], *, pods: Mapping[str, str] | None = None
) -> dict[str, Any]:
    selected = {"matchLabels": dict(pods or {"app.kubernetes.io/name": context.name})}
    return {"metadata": context.metadata("network", name=name), "spec": {"podSelector": selected, **spec}}
