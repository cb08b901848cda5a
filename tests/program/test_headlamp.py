"""The cluster browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.cluster.interface import Exposure
from components.cluster.kind import manifests as kind
from tests.program.recorder import Recorded, deploy


def test_cluster_browser_is_disabled_by_default(dev: Recorded) -> None:
    assert [r.name for r in dev.resources if "ClusterBrowser" in r.urn and r.custom] == []
    assert not [name for name in dev.stack_outputs if name.startswith("clusterBrowser")]


@pytest.mark.parametrize(("mode", "role"), [("readonly", "view"), ("admin", "cluster-admin")])
def test_account_has_only_the_configured_rights(tmp_path: Path, mode: str, role: str) -> None:
    stack = deploy({"monitoring": {"clusterBrowser": mode}}, tmp_path)
    binding = stack.one("ClusterRoleBinding", "headlamp-binding").inputs
    account = stack.one("ServiceAccount", "headlamp-account").inputs["metadata"]
    values, outputs = stack.one("Release", "headlamp").inputs["values"], stack.stack_outputs

    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    # Headlamp's own account is another one, and has no binding.
    assert values["clusterRoleBinding"] == {"create": False}
    assert account["name"] != values["fullnameOverride"]
    assert outputs["clusterBrowserUrl"] == "http://headlamp.localhost/"
    command = outputs["clusterBrowserTokenCommand"]
    assert command.endswith(f"--namespace cluster-browser create token {account['name']} --duration 8h")
    assert command.startswith(f"kubectl --kubeconfig {outputs['kubeconfigPath']} ")


def test_cluster_browser_needs_no_monitoring(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"profile": "off", "clusterBrowser": "readonly"}}, tmp_path)

    assert [release.name for release in stack.all("Release") if release.name in {"monitoring", "headlamp"}] == [
        "headlamp"
    ]


def test_only_applications_have_a_route_at_a_public_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public = Exposure(service_type="LoadBalancer", scheme="https", port=443, local=False)
    monkeypatch.setattr(kind, "exposure", lambda _: public)
    stack = deploy({"monitoring": {"clusterBrowser": "readonly"}}, tmp_path)
    outputs = stack.stack_outputs

    assert [ingress.name for ingress in stack.all("Ingress")] == ["polls-ingress"]
    assert not {"grafanaUrl", "clusterBrowserUrl"} & set(outputs)
    assert outputs["grafanaCommand"].endswith("--namespace monitoring port-forward service/grafana 3000:80")
    assert outputs["clusterBrowserCommand"].endswith("port-forward service/headlamp 4466:80")
    assert "root_url" not in json.dumps(stack.one("Release", "monitoring").inputs["values"]["grafana"])
