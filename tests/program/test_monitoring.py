"""The monitoring: rules, dashboards, receivers, and what is scraped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.cluster.kind import component as kind
from pocdeploy import versions
from tests.monitoring.conftest import rule_groups
from tests.program.recorder import ROOT, Recorded, deploy, is_secret

MAIL = {"to": "team@example.com", "sender": "alerts@example.com", "smarthost": "mail.example.com:587"}
ALERTS = {
    "pocdeploy.processes": {"ProcessDown", "CronFailed"},
    "pocdeploy.application": {"AppDown", "AppErrorRate", "AppLatency", "AppSaturated", "MigrationFailed"},
    "pocdeploy.database": {
        *("DatabaseNoPrimary", "DatabaseFailedOver", "DatabaseFailoverFailed", "DatabaseReplicationLag"),
        *("DatabaseConnectionsNearLimit", "DatabaseLongTransaction", "DatabaseBackupTooOld"),
        *("DatabaseArchivingFails", "DatabaseDrillTooOld"),
    },
    "pocdeploy.cluster": {
        *("VolumeAlmostFull", "VolumeFullSoon", "CertificateExpiring", "PodCrashLooping", "TargetMissing"),
    },
}


def values(stack: Recorded, release: str = "monitoring") -> dict[str, Any]:
    found: dict[str, Any] = stack.one("Release", release).inputs["values"]
    return found


def dashboards(stack: Recorded) -> set[str]:
    labelled = [
        r.inputs for r in stack.all("ConfigMap") if "grafana_dashboard" in r.inputs["metadata"].get("labels", {})
    ]
    return {name for inputs in labelled for name in inputs["data"]}


def rules(stack: Recorded) -> dict[str, list[dict[str, Any]]]:
    return {group["name"]: group["rules"] for group in stack.one("PrometheusRule").inputs["spec"]["groups"]}


def relabelings(stack: Recorded) -> dict[str, dict[str, str]]:
    """Return the labels that each PodMonitor sets, by its name."""
    endpoints = {it.name: it.inputs["spec"]["podMetricsEndpoints"][0]["relabelings"] for it in stack.all("PodMonitor")}
    return {name: {it["targetLabel"]: it["replacement"] for it in found} for name, found in endpoints.items()}


def test_alerts_have_a_runbook_and_a_severity(dev: Recorded) -> None:
    groups = rules(dev)
    alerts = {name: {rule["alert"] for rule in found} for name, found in groups.items() if name in ALERTS}

    assert alerts == ALERTS
    assert set(groups) == {*ALERTS, "pocdeploy.recording"}
    for rule in [rule for name in ALERTS for rule in groups[name]]:
        assert (ROOT / rule["annotations"]["runbook_url"]).is_file(), rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"]


def test_rules_expect_the_targets_that_are_scraped(dev: Recorded) -> None:
    recorded = rules(dev)["pocdeploy.recording"]
    expected = [rule["labels"] for rule in recorded if rule["record"] == "pocdeploy:target:expected"]
    replicas = {rule["expr"] for rule in recorded if rule["record"] == "pocdeploy:web_replicas:expected"}
    instances = {rule["expr"] for rule in recorded if rule["record"] == "pocdeploy:database_instances:expected"}

    assert {(it["job"], it["role"]) for it in expected} == {(it["job"], it["role"]) for it in relabelings(dev).values()}
    assert replicas == {f"vector({dev.one('HorizontalPodAutoscaler').inputs['spec']['minReplicas']})"}
    assert instances == {f"vector({dev.one('Cluster').inputs['spec']['instances']})"}
    # The tests of the alerts, on a real Prometheus, use the same rules.
    assert dev.one("PrometheusRule").inputs["spec"]["groups"] == json.loads(json.dumps(rule_groups()))
    assert dev.one("Release", "monitoring").urn in dev.one("PrometheusRule").depends_on


def test_application_database_gateway_and_operator_are_scraped(dev: Recorded) -> None:
    monitors = {r.name: r.inputs["spec"] for r in dev.all("PodMonitor")}

    assert monitors["polls-pod-monitor"]["namespaceSelector"] == {"matchNames": ["polls"]}
    assert relabelings(dev) == {
        "polls-pod-monitor": {"job": "polls/polls", "role": "application"},
        "polls-db-pod-monitor": {"job": "polls/polls-db", "role": "database"},
        "traefik-pod-monitor": {"job": "gateway/traefik", "role": "gateway"},
        "cnpg-pod-monitor": {"job": "cnpg-system/cnpg", "role": "operator"},
    }


def test_monitoring_can_be_disabled(two: Recorded) -> None:
    assert [r.name for r in two.resources if "MonitoringStack" in r.urn and r.custom] == []
    assert "grafanaUrl" not in two.stack_outputs
    assert "monitoring" not in str([r.inputs for r in two.all("NetworkPolicy")])


def test_all_dashboards_are_created(dev: Recorded) -> None:
    assert dashboards(dev) == {"overview.json", "application.json", "postgresql.json", "cluster.json"}
    home = values(dev)["grafana"]["grafana.ini"]["dashboards"]["default_home_dashboard_path"]
    assert Path(home).name in dashboards(dev)
    assert values(dev, "cnpg")["monitoring"]["grafanaDashboard"]["create"] is True


def test_business_metrics_of_the_settings_are_panels(dev: Recorded) -> None:
    overview = json.loads(dev.one("ConfigMap", "dashboard-overview").inputs["data"]["overview.json"])
    titles = {panel["title"]: panel["targets"][0]["expr"] for panel in overview["panels"]}

    assert "polls_votes_total" in titles["polls: Votes per minute"]


def test_grafana_requires_a_password(dev: Recorded) -> None:
    grafana = values(dev)["grafana"]

    assert grafana["grafana.ini"]["auth.anonymous"] == {"enabled": False}
    assert grafana["admin"]["existingSecret"] == "monitoring-grafana-admin-1a2b3c"
    assert "generated-monitoring-grafana-password" not in json.dumps(grafana)
    assert is_secret(dev.stack_outputs["grafanaPassword"])


def test_without_grafana_there_are_rules_but_no_dashboards(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"grafana": False}}, tmp_path)

    assert dashboards(stack) == set()
    assert values(stack)["grafana"]["enabled"] is False
    assert "grafanaUrl" not in stack.stack_outputs
    assert [r.name for r in stack.all("Ingress")] == ["polls-ingress"]
    assert values(stack, "cnpg")["monitoring"]["grafanaDashboard"]["create"] is False
    assert stack.one("PrometheusRule")


def test_alerts_have_no_receiver_by_default(dev: Recorded) -> None:
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
def test_secret_of_a_receiver_is_in_one_secret_only(tmp_path: Path, receiver: dict[str, Any], secret: str) -> None:
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


def test_full_profile_has_the_rules_and_dashboards_of_the_chart(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"profile": "full"}}, tmp_path)

    assert values(stack)["defaultRules"]["create"] is True
    assert values(stack)["grafana"]["defaultDashboardsEnabled"] is True
    assert values(stack)["alertmanager"]["alertmanagerSpec"]["secrets"] == []
    assert [r.name for r in stack.all("Secret") if "alertmanager" in r.name] == ["monitoring-alertmanager-config"]


def test_retention_and_storage_can_be_set(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"retention": "12h", "storage": "4Gi"}}, tmp_path)
    spec = values(stack)["prometheus"]["prometheusSpec"]

    assert (spec["retention"], spec["retentionSize"]) == ("12h", "3072MB")
    # Nothing outlives a Kind cluster, so samples need no volume.
    assert spec["storageSpec"] == {"emptyDir": {"sizeLimit": "4Gi"}}


def test_samples_are_on_a_volume_that_outlives_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_definitions_are_upgraded_with_the_chart(any_stack: Recorded) -> None:
    """Helm itself never upgrades them. The image has a fixed version, as the chart's default is `latest`."""
    for release in [it for it in any_stack.all("Release") if it.name == "monitoring"]:
        job = release.inputs["values"]["crds"]["upgradeJob"]

        assert job["enabled"] is True
        assert job["image"]["busybox"]["tag"] == versions.BUSYBOX
