"""The namespace of an application."""

from __future__ import annotations

from tests.program.recorder import Recorded


def test_pods_reach_only_dns_by_default(two: Recorded) -> None:
    for app in ("polls", "site"):
        deny = two.one("NetworkPolicy", f"{app}-default-deny").inputs
        dns = two.one("NetworkPolicy", f"{app}-allow-dns").inputs

        assert deny["metadata"]["namespace"] == dns["metadata"]["namespace"] == app
        assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        assert dns["spec"]["policyTypes"] == ["Egress"]
        assert {port["port"] for rule in dns["spec"]["egress"] for port in rule["ports"]} == {53}
        assert all(rule["to"] for rule in dns["spec"]["egress"])


def test_namespace_enforces_restricted_pods(two: Recorded) -> None:
    modes = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}

    for app in ("polls", "site"):
        labels = two.one("Namespace", f"{app}-namespace").inputs["metadata"]["labels"]
        assert labels.items() >= modes.items()
