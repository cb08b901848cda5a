"""The third-party charts with the program's values, rendered by helm and checked by the API server.

Their archives come from the folder POCDEPLOY_CHARTS or from the public repositories. Only accounts are stored.
"""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.apiserver import charts, made, objects, references, tools
from tests.apiserver.client import DEFINITIONS, Api, Refused
from tests.apiserver.conftest import Applied
from tests.apiserver.objects import Object
from tests.apiserver.references import World
from tests.program.recorder import Recorded


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The charts of one stack as the API server would store what they make."""

    releases: dict[str, dict[str, Any]]
    rendered: dict[str, charts.Rendered]
    objects: dict[str, list[Object]]
    refused: list[str]

    def one(self, release: str, kind: str, name: str) -> Object:
        found = [each for each in self.objects[release] if (each["kind"], each["metadata"]["name"]) == (kind, name)]
        assert len(found) == 1, [objects.label(each) for each in self.objects[release]]
        return found[0]

    def kinds(self, release: str) -> set[str]:
        return {each["kind"] for each in self.objects[release]}


@pytest.fixture(scope="session")
def cache() -> dict[str, charts.Rendered]:
    """Return a place for what is the same in several stacks."""
    return {}


@pytest.fixture(scope="session")
def installed(
    api: Api, applied: Applied, cache: dict[str, charts.Rendered], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    releases = {release["name"]: release for release in objects.releases(applied.recorded)}
    if not releases:
        pytest.skip("this stack installs no chart: the cluster has all that it needs")
    for release in releases.values():
        charts.archive(release)  # skips before anything is built
    helm, kubernetes = tools.find_or_build(tools.HELM), api.request("GET", "/version")["gitVersion"]
    found = Installed(releases=releases, rendered={}, objects={}, refused=[])
    accounts = []
    for name, release in releases.items():
        key = json.dumps([name, release["version"], release["namespace"], release["values"]], sort_keys=True)
        if key not in cache:
            cache[key] = charts.render(helm, release, tmp_path_factory.mktemp("chart"), kubernetes=kubernetes)
        found.rendered[name] = cache[key]
        placed = [api.placed(each, release["namespace"]) for each in cache[key].objects]
        accounts += [api.apply(each) for each in placed if each["kind"] == "ServiceAccount"]
        found.objects[name] = _try_all(api, placed, found.refused)
    yield found
    for account in accounts:
        api.delete(account)


def _try_all(api: Api, manifests: list[Object], refused: list[str]) -> list[Object]:
    accepted = []
    for manifest in manifests:
        try:
            accepted.append(api.apply(manifest, store=False))
        except Refused as refusal:
            refused.append(f"{objects.label(manifest)}: {refusal}")
    return accepted


def test_every_object_of_the_charts_is_accepted(installed: Installed) -> None:
    assert installed.refused == []
    assert all(installed.objects.values())


def test_objects_are_checked_against_the_charts_definitions(api: Api, installed: Installed) -> None:
    checked = 0
    for name, rendered in installed.rendered.items():
        for definition in rendered.definitions:
            from_chart = api.define(definition, store=False)
            if from_chart["spec"]["group"] in {"postgresql.cnpg.io", "monitoring.coreos.com"}:
                path = f"{DEFINITIONS}/{from_chart['metadata']['name']}"
                assert from_chart["spec"] == api.request("GET", path)["spec"], f"{name}: {path}"
                checked += 1
    assert checked >= 11, "those of CloudNativePG at least"


def test_every_pod_of_the_charts_is_admitted(api: Api, installed: Installed) -> None:
    refused = []
    for made_by_chart in installed.objects.values():
        for pod in objects.templates(made_by_chart):
            try:
                api.try_out(pod.pod())
            except Refused as refusal:
                refused.append(f"{pod.owner}: {refusal}")
    assert refused == []


def test_references_of_the_charts_are_valid(api: Api, applied: Applied, installed: Installed) -> None:
    third_party = [each for found in installed.objects.values() for each in found]
    world = World.of([*applied.world.objects, *third_party, *_roles_of_kubernetes(api)])
    # Its authors decide what the roles of a chart allow; their accounts must exist.
    checked = [each for each in third_party if each["kind"] not in {"Role", "ClusterRole"}]
    assert references.problems(world, checked) == []


def _roles_of_kubernetes(api: Api) -> Iterator[Object]:
    for kind, path in (("ClusterRole", "clusterroles"), ("Role", "roles")):
        for role in api.request("GET", f"/apis/rbac.authorization.k8s.io/v1/{path}")["items"]:
            yield {"kind": kind, **role}


def test_the_charts_create_what_the_program_relies_on(installed: Installed) -> None:
    for name, release in installed.releases.items():
        for wanted in made.by_chart(release):
            assert any(_provides(each, wanted) for each in installed.objects[name]), f"{name}: {wanted}"


def _provides(real: Object, wanted: Object) -> bool:
    """Whether a chart's object is what a stand-in of `made` stands for."""
    if wanted["kind"] == "Pod":
        stand_in = next(objects.templates([wanted]))
        return any(
            pod.labels.items() >= stand_in.labels.items() and set(pod.ports) >= set(stand_in.ports)
            for pod in objects.templates([real])
            if pod.namespace == stand_in.namespace
        )
    return objects.label(real) == objects.label(wanted) and _covers(real["spec"], wanted["spec"])


def _covers(real: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(real, dict) and all(_covers(real.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return all(any(_covers(each, value) for each in real) for value in wanted)
    return bool(real == wanted)


def test_versions_of_charts_and_definitions_go_together(installed: Installed) -> None:
    pinned = tools.required("crds")
    modules = {
        "cnpg": "github.com/cloudnative-pg/cloudnative-pg",
        "monitoring": "github.com/prometheus-operator/prometheus-operator",
    }
    for name, module in modules.items():
        if name in installed.rendered:
            assert installed.rendered[name].about["appVersion"].removeprefix("v") == pinned[module]
    assert "cnpg" in installed.rendered


def test_traefik_is_exposed_as_the_cluster_says(applied: Applied, installed: Installed) -> None:
    if "traefik" not in installed.releases:
        pytest.skip("this stack uses the cluster's own gateway")
    service = installed.one("traefik", "Service", "traefik")["spec"]
    asked = installed.releases["traefik"]["values"]["service"]["spec"]
    arguments = _container(installed.one("traefik", "Deployment", "traefik"))["args"]
    assert {key: service[key] for key in asked} == asked
    if made_here(applied.recorded):
        assert asked["type"] == "NodePort"
    if asked["type"] == "NodePort":  # those of the stack files are those that Kind maps
        assert {port["name"]: port["nodePort"] for port in service["ports"]} == {"web": 30080, "websecure": 30443}
    if "loadBalancerClass" in asked:
        assert {port["name"]: port["port"] for port in service["ports"]} == {"web": 80, "websecure": 443}
        assert asked["loadBalancerClass"] == "eks.amazonaws.com/nlb"
        # Not the port inside of the pod, which no browser could reach.
        assert "--entryPoints.web.http.redirections.entryPoint.to=:443" in arguments
        assert "--entryPoints.websecure.http.tls=true" in arguments
    ingress_class = installed.one("traefik", "IngressClass", "traefik")
    assert ingress_class["metadata"]["annotations"]["ingressclass.kubernetes.io/is-default-class"] == "true"
    assert "--providers.kubernetesingress.ingressClass=traefik" in arguments
    at_localhost = "--providers.kubernetesingress.ingressendpoint.hostname=localhost" in arguments
    # Behind a load balancer it is that one's address which is written into an Ingress.
    assert at_localhost == (asked["type"] != "LoadBalancer")
    assert any("publishedservice" in each for each in arguments) != at_localhost
    assert not [each for each in arguments if "kubernetescrd" in each]
    assert "IngressRoute" not in installed.kinds("traefik")


def test_prometheus_reads_every_monitor_and_rule(installed: Installed) -> None:
    if "monitoring" not in installed.releases:
        pytest.skip("this stack has no monitoring")
    found = [each for each in installed.objects["monitoring"] if each["kind"] == "Prometheus"]
    assert len(found) == 1
    spec, values = found[0]["spec"], installed.releases["monitoring"]["values"]["prometheus"]["prometheusSpec"]
    for kind in ("podMonitor", "serviceMonitor", "rule"):
        assert (spec[f"{kind}Selector"], spec[f"{kind}NamespaceSelector"]) == ({}, {})
    asked = {key: values[key] for key in ("retention", "retentionSize", "scrapeInterval", "resources")}
    assert {key: spec[key] for key in asked} == asked
    assert spec["storage"] == values["storageSpec"]
    # No certificate, so no job for it and no webhook that could keep a rule out.
    assert not {"Job", "MutatingWebhookConfiguration"} & installed.kinds("monitoring")
    scraped = {each["metadata"]["name"] for each in installed.objects["monitoring"] if each["kind"] == "ServiceMonitor"}
    assert not [name for name in scraped if name.endswith(("etcd", "scheduler", "proxy", "controller-manager"))]
    node_exporter = installed.one("monitoring", "DaemonSet", "monitoring-prometheus-node-exporter")
    assert not [each for each in node_exporter["spec"]["template"]["spec"]["volumes"] if each["name"] == "root"]


def test_alertmanager_reads_the_secrets_of_the_program(applied: Applied, installed: Installed) -> None:
    if "monitoring" not in installed.releases:
        pytest.skip("this stack has no monitoring")
    asked = installed.releases["monitoring"]["values"]["alertmanager"]
    found = [each for each in installed.objects["monitoring"] if each["kind"] == "Alertmanager"]
    assert bool(found) == asked["enabled"]
    made_by_chart = {each["metadata"]["name"] for each in installed.objects["monitoring"] if each["kind"] == "Secret"}
    assert not [name for name in made_by_chart if name.startswith("alertmanager")]
    ours = {each["metadata"]["name"] for each in applied.objects if each["kind"] == "Secret"}
    for alertmanager in found:
        spec = alertmanager["spec"]
        assert (spec["configSecret"], spec.get("secrets", [])) == (
            asked["alertmanagerSpec"]["configSecret"],
            asked["alertmanagerSpec"]["secrets"],
        )
        assert {spec["configSecret"], *spec.get("secrets", [])} <= ours
        prometheus = next(each for each in installed.objects["monitoring"] if each["kind"] == "Prometheus")
        told = prometheus["spec"]["alerting"]["alertmanagers"][0]
        assert (told["name"], told["namespace"]) == (alertmanager["metadata"]["name"], "monitoring")


def test_the_full_profile_has_the_charts_rules_and_dashboards(installed: Installed) -> None:
    if "monitoring" not in installed.releases:
        pytest.skip("this stack has no monitoring")
    values = installed.releases["monitoring"]["values"]
    rules = [each for each in installed.objects["monitoring"] if each["kind"] == "PrometheusRule"]
    assert bool(rules) == values["defaultRules"]["create"]
    alerts = {rule.get("alert") for each in rules for group in each["spec"]["groups"] for rule in group["rules"]}
    assert not {"TargetDown", "KubePodCrashLooping"} & alerts, "the program has its own"


def test_grafana_loads_the_dashboards_and_opens_the_overview(applied: Applied, installed: Installed) -> None:
    grafana = installed.releases.get("monitoring", {"values": {"grafana": {}}})["values"]["grafana"]
    own = [each for each in applied.objects if "grafana_dashboard" in each["metadata"].get("labels", {})]
    assert bool(own) == bool(grafana.get("enabled"))
    cnpg = [each for each in installed.objects["cnpg"] if "grafana_dashboard" in each["metadata"].get("labels", {})]
    assert bool(cnpg) == bool(own)
    if not own:
        return
    containers = installed.one("monitoring", "Deployment", "grafana")["spec"]["template"]["spec"]["containers"]
    sidecar = next(each for each in containers if each["name"] == "grafana-sc-dashboard")
    asked = {each["name"]: each.get("value") for each in sidecar["env"]}
    assert {each["metadata"]["labels"][asked["LABEL"]] for each in [*own, *cnpg]} == {asked["LABEL_VALUE"]}
    assert asked["NAMESPACE"] == "ALL"
    config = configparser.ConfigParser()
    config.read_string(installed.one("monitoring", "ConfigMap", "grafana")["data"]["grafana.ini"])
    home = config["dashboards"]["default_home_dashboard_path"]
    assert home in {f"{asked['FOLDER']}/{file}" for each in own for file in each["data"]}
    assert config["auth.anonymous"]["enabled"] == "false"
    source = installed.one("monitoring", "ConfigMap", "monitoring-kube-prometheus-grafana-datasource")["data"]
    assert "uid: prometheus\n" in source["datasource.yaml"], "the data source that the dashboards name"


def test_headlamp_itself_has_no_rights(installed: Installed) -> None:
    if "headlamp" not in installed.releases:
        pytest.skip("this stack has no cluster browser")
    assert installed.kinds("headlamp") == {"ServiceAccount", "Service", "Deployment"}
    container = _container(installed.one("headlamp", "Deployment", "headlamp"))
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert "-unsafe-use-service-account-token" not in container["args"]


def test_grafana_has_the_administrator_of_the_program(installed: Installed) -> None:
    grafana = installed.releases.get("monitoring", {"values": {"grafana": {}}})["values"]["grafana"]
    if not grafana.get("enabled"):
        assert "grafana" not in {
            each["metadata"]["name"] for each in installed.objects.get("monitoring", []) if each["kind"] == "Deployment"
        }
        return
    deployment = installed.one("monitoring", "Deployment", "grafana")
    container = next(each for each in deployment["spec"]["template"]["spec"]["containers"] if each["name"] == "grafana")
    read = {each["name"]: each.get("valueFrom", {}).get("secretKeyRef") for each in container["env"]}
    secret = "monitoring-grafana-admin-1a2b3c"
    assert read["GF_SECURITY_ADMIN_USER"] == {"name": secret, "key": "username"}
    assert read["GF_SECURITY_ADMIN_PASSWORD"] == {"name": secret, "key": "password"}
    assert container["resources"] == grafana["resources"]


def test_metrics_server_accepts_kubelets_of_kind(applied: Applied, installed: Installed) -> None:
    if "metrics-server" not in installed.releases:
        pytest.skip("this stack has the cluster's own metrics-server")
    container = _container(installed.one("metrics-server", "Deployment", "metrics-server"))
    # It does not know the authority that signed those of Kind's kubelets; it knows a provider's.
    assert ("--kubelet-insecure-tls" in container["args"]) is made_here(applied.recorded)
    assert container["resources"] == installed.releases["metrics-server"]["values"]["resources"]


def test_the_operator_has_the_configured_resources(installed: Installed) -> None:
    container = _container(installed.one("cnpg", "Deployment", "cnpg-cloudnative-pg"))
    assert container["resources"] == installed.releases["cnpg"]["values"]["resources"]


def made_here(recorded: Recorded) -> bool:
    """Whether the stack makes a cluster on this machine."""
    return any(each.name.endswith("-kind") for each in recorded.all("Command"))


def _container(deployment: Object) -> dict[str, Any]:
    container: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    return container
