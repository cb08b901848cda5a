"""The NetworkPolicies of an application's namespace: pure functions."""

from __future__ import annotations

from typing import Any


def network_policies() -> dict[str, dict[str, Any]]:
    """Return the policies for all pods of a namespace: no traffic in or out, except DNS requests."""
    dns = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    kube_dns = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    return {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "allow-dns": {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{"to": [kube_dns], "ports": dns}],
        },
    }
