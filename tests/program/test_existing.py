"""An existing cluster: the examples in docs/stacks, and the settings for its own parts of the platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi import RunError

from pocdeploy.kube.release_owner import owner
from tests import fakecluster
from tests.program.conftest import stack_config
from tests.program.recorder import ROOT, Recorded, deploy, is_secret, reveal

EXAMPLES = sorted(
    file for file in (ROOT / "docs" / "stacks").glob("*.yaml") if fakecluster.is_existing(stack_config(file))
)
CLUSTER = {"type": "existing", "context": "theirs", "registry": {"push": "registry.example.com/team"}}
USED = {
    "databaseOperator": {"install": False, "namespace": "pg"},
    "monitoring": {"install": False, "namespace": "metrics", "labels": {"release": "prometheus"}},
    "gateway": {"install": False, "namespace": "edge", "ingressClass": "nginx"},
}


def run(folder: Path, *, password: str | None = None, more: dict[str, Any] | None = None, **cluster: Any) -> Recorded:
    return deploy({"cluster": {**CLUSTER, **cluster}, **(more or {})}, folder, stack="try", registry_password=password)


def test_there_are_five_examples() -> None:
    assert [file.stem for file in EXAMPLES] == ["aks", "gke", "k3d", "minikube", "pr"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_example_is_not_open_to_the_internet(file: Path, tmp_path: Path) -> None:
    stack = deploy(stack_config(file), tmp_path, stack=file.stem)
    gateways = [release.inputs["values"]["service"]["spec"] for release in stack.all("Release") if is_traefik(release)]

    assert {service.inputs["spec"].get("type", "ClusterIP") for service in stack.all("Service")} == {"ClusterIP"}
    for spec in gateways:
        assert spec["type"] != "LoadBalancer" or spec["loadBalancerSourceRanges"] == ["203.0.113.7/32"]
    assert len(gateways) == (0 if file.stem in ("k3d", "pr") else 1)


def is_traefik(release: Any) -> bool:
    return str(release.inputs["chart"]) == "traefik"


@pytest.mark.parametrize("path", [".pocdeploy/kubeconfig", "~/theirs", "/{}/elsewhere"])
def test_state_has_the_path_of_the_kubeconfig(path: str, tmp_path: Path) -> None:
    path = path.replace("/{}", str(tmp_path))
    stack = run(tmp_path, kubeconfig=path)

    assert stack.one("kubernetes").inputs["kubeconfig"] == path.replace("~", str(tmp_path / "home"))


def test_provider_reads_the_users_file(tmp_path: Path) -> None:
    stack = run(tmp_path)
    provider = stack.one("kubernetes").inputs

    assert provider["kubeconfig"] == str(tmp_path / "home" / ".kube" / "config")
    assert (provider["context"], provider["clusterIdentifier"]) == ("theirs", "uid-kube-system")
    assert "deleteUnreachable" not in provider
    assert stack.all("Command") == []
    assert "metrics-server" not in {release.name for release in stack.all("Release")}


def test_images_can_be_pushed_and_pulled_by_different_names(tmp_path: Path) -> None:
    stack = run(tmp_path, registry={"push": "localhost:5055", "pull": "registry:5000/team"}, platform="linux/arm64")

    assert stack.one("Image").inputs["imageName"] == "localhost:5055/polls:try"
    assert stack.one("Image").inputs["build"]["platform"] == "linux/arm64"
    assert "registry" not in stack.one("Image").inputs
    assert stack.stack_outputs["imageRef"].startswith("registry:5000/team/polls@sha256:")


@pytest.mark.parametrize("image", [None, "ghcr.io/owner/polls@sha256:" + "cd" * 32])
def test_pods_run_on_nodes_of_the_images_platform(tmp_path: Path, image: str | None) -> None:
    """A cluster can have nodes of several architectures."""
    apps = {"apps": {"polls": {"image": image}}}
    stack = run(tmp_path, more=apps, platform="linux/arm64")
    pods = [it for kind in ("Deployment", "Job") for it in stack.all(kind)]

    assert {it.name for it in pods} == {"polls-deployment", "polls-migrate", "polls-admin", "polls-smoke"}
    assert [it.pod["nodeSelector"] for it in pods] == [{"kubernetes.io/arch": "arm64"}] * 4


def test_without_a_login_there_is_no_pull_secret(tmp_path: Path) -> None:
    stack = run(tmp_path)

    assert "registry" not in stack.one("Image").inputs
    assert "imagePullSecrets" not in str([resource.inputs for resource in stack.resources])
    assert not [secret for secret in stack.all("Secret") if secret.name.endswith("-pull")]


@pytest.mark.parametrize(
    ("stack", "protect", "expected"), [("prod", None, True), ("staging", None, False), ("prod", False, False)]
)
def test_databases_of_production_are_protected(
    tmp_path: Path, stack: str, protect: bool | None, expected: bool
) -> None:
    recorded = deploy({"cluster": {**CLUSTER, "protect": protect}}, tmp_path, stack=stack)

    held = ["polls-namespace", "polls-db"]
    assert [it.name for it in recorded.resources if it.protect] == (held if expected else [])


def test_address_of_the_load_balancer_is_an_output(tmp_path: Path) -> None:
    exposure = {"type": "loadBalancer", "allowedCidrs": ["203.0.113.7/32"]}
    outputs = run(tmp_path, exposure=exposure).stack_outputs

    assert outputs["gatewayAddress"] == "traefik-service.elb.example.com"
    assert "--context theirs" in outputs["tools"]["polls-database"]


def test_login_is_used_for_pushes_and_pulls(tmp_path: Path) -> None:
    registry = {"push": "registry.example.com/team", "username": "robot"}
    stack = run(tmp_path, password="canary-registry", registry=registry)
    image, secret = stack.one("Image"), stack.one("Secret", "polls-pull")
    pods = [it for kind in ("Deployment", "Job") for it in stack.all(kind)]

    assert image.inputs["registry"] == {
        "server": "registry.example.com",
        "username": "robot",
        "password": "canary-registry",
    }
    assert is_secret(image.marked["registry"]) or is_secret(image.marked["registry"]["password"])
    assert secret.inputs["type"] == "kubernetes.io/dockerconfigjson"
    config = json.loads(secret.inputs["stringData"][".dockerconfigjson"])
    assert config["auths"]["registry.example.com"]["password"] == "canary-registry"
    assert {str(pod.inputs["spec"]["template"]["spec"]["imagePullSecrets"]) for pod in pods} == {
        "[{'name': 'polls-pull-1a2b3c'}]"
    }
    holders = {it.name for it in stack.resources if "canary-registry" in json.dumps(it.inputs)}
    assert holders == {"polls-image", "polls-pull"}
    assert "canary-registry" not in json.dumps(reveal(stack.stack_outputs))


@pytest.mark.parametrize(("username", "password"), [("robot", None), (None, "canary-registry")])
def test_incomplete_login_registers_nothing(tmp_path: Path, username: str | None, password: str | None) -> None:
    with pytest.raises(RunError, match="nothing was changed") as caught:
        run(tmp_path, password=password, registry={"push": "registry.example.com", "username": username})

    assert "canary" not in str(caught.value)


def test_metrics_server_names_the_stack_that_it_belongs_to(tmp_path: Path) -> None:
    """It is in a namespace that does not."""
    labels = run(tmp_path, metricsServer=True).one("Release", "metrics-server").inputs["values"]["commonLabels"]

    assert owner(labels) == "try"


def test_preinstalled_parts_are_used_and_not_installed(tmp_path: Path) -> None:
    stack = run(tmp_path, **USED)
    monitors = {it.name: it.inputs["metadata"] for it in stack.all("PodMonitor")}
    policies = json.dumps([it.inputs["spec"] for it in stack.all("NetworkPolicy")])

    assert stack.all("Release") == []
    assert [it.inputs["metadata"]["name"] for it in stack.all("Namespace")] == ["polls"]
    assert set(monitors) == {"polls-pod-monitor", "polls-db-pod-monitor"}
    assert {metadata["namespace"] for metadata in monitors.values()} == {"polls"}
    assert {metadata["labels"]["release"] for metadata in monitors.values()} == {"prometheus"}
    assert {it.inputs["metadata"]["namespace"] for it in stack.resources if it.kind == "Ingress"} == {"polls"}
    for name in ("pg", "metrics", "edge"):
        assert f'"kubernetes.io/metadata.name": "{name}"' in policies
    for name in ("cnpg-system", "gateway", '"monitoring"'):
        assert name not in policies
    ingress = stack.one("Ingress").inputs
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert "grafanaUrl" not in stack.stack_outputs


def test_ingress_waits_for_the_stacks_own_gateway(tmp_path: Path) -> None:
    assert "annotations" not in run(tmp_path).one("Ingress", "polls-ingress").inputs["metadata"]


@pytest.mark.parametrize(
    ("cluster", "url", "forward"),
    [
        ({}, "http://localhost:8080/", "--namespace gateway port-forward service/traefik 8080:80"),
        (
            {"gateway": USED["gateway"]},
            "http://localhost:8080/",
            "--namespace polls port-forward service/polls 8080:80",
        ),
        ({"exposure": {"type": "nodePort"}}, "http://localhost:30080/", None),
        ({"exposure": {"type": "loadBalancer", "allowedCidrs": ["10.0.0.0/8"]}}, "http://localhost/", None),
        ({"exposure": {"type": "nodePort", "scheme": "https", "port": 443}}, "https://localhost/", None),
        ({"exposure": {"type": "nodePort", "scheme": "https", "port": 8443}}, "https://localhost:8443/", None),
        (
            {"exposure": {"scheme": "https"}},
            "https://localhost/",
            "--namespace gateway port-forward service/traefik 8080:80",
        ),
    ],
    ids=["internal", "its own gateway", "node port", "load balancer", "TLS proxy", "another port", "tunnel"],
)
def test_outputs_have_url_and_port_forward(
    tmp_path: Path, cluster: dict[str, Any], url: str, forward: str | None
) -> None:
    stack = run(tmp_path, **cluster)
    outputs = stack.stack_outputs
    kubectl = f"kubectl --kubeconfig {tmp_path}/home/.kube/config --context theirs"

    assert outputs["url"] == url
    assert stack.one("Deployment").environment["CSRF_TRUSTED_ORIGINS"] == url.rstrip("/")
    assert outputs.get("portForward") == (f"{kubectl} {forward}" if forward else None)
    assert outputs["psql"].startswith(f"{kubectl} --namespace polls exec")


def test_gateway_passes_on_the_headers_of_its_proxies_alone(tmp_path: Path) -> None:
    trusted = run(tmp_path, exposure={"scheme": "https", "trustedProxies": ["10.1.0.0/16", "192.0.2.7/32"]})
    ports = trusted.one("Release", "traefik").inputs["values"]["ports"]

    for entry in ("web", "websecure"):
        assert ports[entry]["forwardedHeaders"] == {"trustedIPs": ["10.1.0.0/16", "192.0.2.7/32"]}
    assert "forwardedHeaders" not in str(run(tmp_path).one("Release", "traefik").inputs["values"])


@pytest.mark.parametrize("gateway", [USED["gateway"], {}], ids=["its own", "Traefik"])
def test_ingress_has_a_certificate_of_its_application(tmp_path: Path, gateway: dict[str, Any]) -> None:
    issuer = {"cert-manager.io/cluster-issuer": "letsencrypt"}
    exposure = {"type": "loadBalancer", "scheme": "https"}
    stack = run(tmp_path, gateway={**gateway, "tls": True, "annotations": issuer}, exposure=exposure)
    ingress = stack.one("Ingress", "polls-ingress").inputs
    redirects = [str(it.inputs["values"]).count("redirections") for it in stack.all("Release") if is_traefik(it)]

    assert ingress["spec"]["tls"] == [{"hosts": ["localhost"], "secretName": "polls-tls"}]
    assert issuer.items() <= ingress["metadata"]["annotations"].items()
    assert redirects == ([] if gateway else [1])


def test_conflict_in_the_cluster_registers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crowded = [fakecluster.namespace("polls"), fakecluster.storage_class("fast", default=True)]
    monkeypatch.setattr(fakecluster, "objects_for", lambda _: crowded)

    with pytest.raises(RunError, match="namespace polls: the namespace exists and does not belong to this stack"):
        run(tmp_path)
