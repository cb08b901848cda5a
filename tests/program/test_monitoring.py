"""What the program asks for so that somebody can look into the stack: rules, dashboards, receivers, cluster browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.cluster.interface import Exposure
from components.cluster.kind import component as kind
from components.cluster.kind import manifests as kind_manifests
from tests.monitoring.conftest import rule_groups
from tests.program.recorder import Recorded, deploy, is_secret

MAIL = {"to": "team@example.com", "sender": "alerts@example.com", "smarthost": "mail.example.com:587"}


def values(stack: Recorded, release: str = "monitoring") -> dict[str, Any]:
    found: dict[str, Any] = stack.one("Release", release).inputs["values"]
    return found


def dashboards(stack: Recorded) -> set[str]:
    labelled = [
        r.inputs for r in stack.all("ConfigMap") if "grafana_dashboard" in r.inputs["metadata"].get("labels", {})
    ]
    return {name for inputs in labelled for name in inputs["data"]}


def test_rules_are_those_that_promtool_has_seen(dev: Recorded) -> None:
    rule = dev.one("PrometheusRule")

    assert rule.inputs["spec"]["groups"] == json.loads(json.dumps(rule_groups()))
    assert dev.one("Release", "monitoring").urn in rule.depends_on


def test_every_dashboard_is_provisioned(dev: Recorded) -> None:
    assert dashboards(dev) == {"overview.json", "application.json", "postgresql.json", "cluster.json"}
    home = values(dev)["grafana"]["grafana.ini"]["dashboards"]["default_home_dashboard_path"]
    assert Path(home).name in dashboards(dev)
    assert values(dev, "cnpg")["monitoring"]["grafanaDashboard"]["create"] is True


def test_business_metrics_of_the_settings_are_panels(dev: Recorded) -> None:
    overview = json.loads(dev.one("ConfigMap", "dashboard-overview").inputs["data"]["overview.json"])
    titles = {panel["title"]: panel["targets"][0]["expr"] for panel in overview["panels"]}

    assert "polls_votes_total" in titles["polls: Votes per minute"]


def test_grafana_asks_everybody_for_a_password(dev: Recorded) -> None:
    grafana = values(dev)["grafana"]

    assert grafana["grafana.ini"]["auth.anonymous"] == {"enabled": False}
    assert grafana["admin"]["existingSecret"] == "monitoring-grafana-admin-1a2b3c"
    assert "generated-monitoring-grafana-password" not in json.dumps(grafana)
    assert is_secret(dev.stack_outputs["grafanaPassword"])


def test_without_grafana_there_are_rules_but_no_dashboards(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"grafana": False}}, tmp_path)

    assert dashboards(stack) == set()
    assert values(stack, "cnpg")["monitoring"]["grafanaDashboard"]["create"] is False
    assert stack.one("PrometheusRule")


def test_statements_are_only_counted_where_somebody_looks(dev: Recorded, two: Recorded) -> None:
    watched, unwatched = (stack.one("Cluster").inputs["spec"] for stack in (dev, two))
    config = dev.one("ConfigMap", "polls-db-queries")
    default, reference = watched["monitoring"]["customQueriesConfigMap"]

    assert default["name"] == "cnpg-default-monitoring"
    assert reference["name"] == config.inputs["metadata"]["name"]
    assert reference["key"] in config.inputs["data"]
    assert config.inputs["metadata"]["namespace"] == "polls"
    assert config.urn in dev.one("Cluster").depends_on
    assert "monitoring" not in unwatched
    assert not [name for name in unwatched["postgresql"]["parameters"] if name.startswith("pg_stat_statements")]


def test_nobody_is_told_by_default(dev: Recorded) -> None:
    assert values(dev)["alertmanager"] == {"enabled": False}
    assert not [r.name for r in dev.all("Secret") if "alertmanager" in r.name]


@pytest.mark.parametrize(
    ("receiver", "secret"),
    [
        ({"type": "webhook"}, "URL"),
        ({"type": "slack", "channel": "#alerts"}, "URL"),
        ({"type": "email", **MAIL, "username": "alerts"}, "PASSWORD"),
    ],
    ids=["webhook", "slack", "email"],
)
def test_what_is_secret_of_a_receiver_is_in_one_secret_only(
    tmp_path: Path, receiver: dict[str, Any], secret: str
) -> None:
    stack = deploy({"monitoring": {"receiver": receiver}}, tmp_path, secrets={"alertmanager": {secret: "canary-told"}})
    holders = [r for r in stack.resources if "canary-told" in json.dumps(r.inputs)]
    spec = values(stack)["alertmanager"]["alertmanagerSpec"]
    config = stack.one("Secret", f"monitoring-{spec['configSecret']}")

    assert [(holder.kind, holder.inputs["metadata"]["name"]) for holder in holders] == [("Secret", spec["secrets"][0])]
    assert is_secret(holders[0].marked["stringData"])
    assert set(holders[0].additional_secret_outputs) >= {"data", "stringData"}
    assert config.inputs["metadata"]["name"] == spec["configSecret"]
    assert f"{spec['secrets'][0]}/{secret}" in config.inputs["stringData"]["alertmanager.yaml"]
    assert {holders[0].urn, config.urn} <= set(stack.one("Release", "monitoring").depends_on)
    assert "canary-told" not in json.dumps(stack.stack_outputs)


def test_the_full_profile_has_what_the_charts_bring(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"profile": "full"}}, tmp_path)

    assert values(stack)["defaultRules"]["create"] is True
    assert values(stack)["grafana"]["defaultDashboardsEnabled"] is True
    assert values(stack)["alertmanager"]["alertmanagerSpec"]["secrets"] == []
    assert [r.name for r in stack.all("Secret") if "alertmanager" in r.name] == ["monitoring-alertmanager-config"]


def test_retention_and_storage_can_be_set(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"retention": "12h", "storage": "4Gi"}}, tmp_path)
    spec = values(stack)["prometheus"]["prometheusSpec"]

    assert (spec["retention"], spec["retentionSize"]) == ("12h", "3072MB")
    # On Kind nothing outlives the cluster, so it needs no volume.
    assert spec["storageSpec"] == {"emptyDir": {"sizeLimit": "4Gi"}}


def test_there_is_no_cluster_browser_by_default(dev: Recorded) -> None:
    assert [r.name for r in dev.resources if "ClusterBrowser" in r.urn and r.custom] == []
    assert not [name for name in dev.stack_outputs if name.startswith("clusterBrowser")]


@pytest.mark.parametrize(("mode", "role"), [("readonly", "view"), ("admin", "cluster-admin")])
def test_the_cluster_browser_has_just_the_right_that_was_asked_for(tmp_path: Path, mode: str, role: str) -> None:
    stack = deploy({"monitoring": {"clusterBrowser": mode}}, tmp_path)
    binding = stack.one("ClusterRoleBinding").inputs
    account = stack.one("ServiceAccount").inputs["metadata"]
    outputs = stack.stack_outputs

    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    # Headlamp's own account is another one, and has no binding.
    assert values(stack, "headlamp")["clusterRoleBinding"] == {"create": False}
    assert account["name"] != values(stack, "headlamp")["fullnameOverride"]
    assert outputs["clusterBrowserUrl"] == "http://headlamp.localhost/"
    command = outputs["clusterBrowserTokenCommand"]
    assert command.endswith(f"--namespace cluster-browser create token {account['name']} --duration 8h")
    assert command.startswith(f"kubectl --kubeconfig {outputs['kubeconfigPath']} ")


def test_the_cluster_browser_needs_no_monitoring(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"profile": "off", "clusterBrowser": "readonly"}}, tmp_path)

    assert [release.name for release in stack.all("Release") if release.name in {"monitoring", "headlamp"}] == [
        "headlamp"
    ]


def test_where_others_reach_the_gateway_nothing_but_the_applications_is_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = {"service_type": "LoadBalancer", "scheme": "https", "port": 443, "local": False}
    monkeypatch.setattr(kind_manifests, "Exposure", lambda **facts: Exposure(**{**facts, **public}))
    stack = deploy({"monitoring": {"clusterBrowser": "readonly"}}, tmp_path)
    outputs = stack.stack_outputs

    assert [ingress.name for ingress in stack.all("Ingress")] == ["polls-ingress"]
    assert not {"grafanaUrl", "clusterBrowserUrl"} & set(outputs)
    assert outputs["grafanaCommand"].endswith("--namespace monitoring port-forward service/grafana 3000:80")
    assert outputs["clusterBrowserCommand"].endswith("port-forward service/headlamp 4466:80")
    assert "root_url" not in json.dumps(values(stack)["grafana"])


def test_samples_are_kept_where_volumes_outlive_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init = kind.KindCluster.__init__

    def durable(self: Any, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        self.durable = True

    monkeypatch.setattr(kind.KindCluster, "__init__", durable)
    stack = deploy({"monitoring": {"profile": "full"}}, tmp_path)
    claim = values(stack)["prometheus"]["prometheusSpec"]["storageSpec"]["volumeClaimTemplate"]["spec"]

    assert claim["resources"] == {"requests": {"storage": "20Gi"}}
    assert claim["storageClassName"] == "standard"
    assert "volumeClaimTemplate" in values(stack)["alertmanager"]["alertmanagerSpec"]["storage"]
