"""The gateway: how requests enter the cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.recorder import Recorded, deploy
from tests.program.test_existing import CLUSTER


def test_gateway_listens_on_the_node_ports_of_the_cluster(dev: Recorded) -> None:
    values = dev.one("Release", "traefik").inputs["values"]

    assert {entry: port["nodePort"] for entry, port in values["ports"].items()} == {"web": 30080, "websecure": 30443}
    assert values["service"]["spec"] == {"type": "NodePort"}


def test_one_of_two_gateway_pods_always_serves(any_stack: Recorded) -> None:
    for release in [it for it in any_stack.all("Release") if it.name == "traefik"]:
        values = release.inputs["values"]
        budget = values["podDisruptionBudget"]

        assert budget == {"enabled": True, "minAvailable": 1}
        assert values["deployment"]["replicas"] > budget["minAvailable"]  # else it would block every drain
        assert values["topologySpreadConstraints"][0]["topologyKey"]
        for entry in ("web", "websecure"):
            assert values["ports"][entry]["transport"]["lifeCycle"]["requestAcceptGraceTimeout"] == 10


def test_ingress_has_an_address_without_a_load_balancer(dev: Recorded) -> None:
    """Pulumi waits for the address."""
    ingress = dev.one("Release", "traefik").inputs["values"]["providers"]["kubernetesIngress"]

    assert ingress["ingressEndpoint"] == {"hostname": "localhost"}
    assert ingress["publishedService"] == {"enabled": False}
    assert dev.one("Ingress", "polls-ingress").timeouts == {"create": "3m", "update": "3m"}


@pytest.mark.parametrize(("cluster", "serves_all"), [({}, True), (CLUSTER, False)], ids=["own", "existing"])
def test_ingresses_of_others_are_only_served_in_an_own_cluster(
    tmp_path: Path, cluster: dict[str, object], serves_all: bool
) -> None:
    stack = deploy({"cluster": cluster}, tmp_path)

    assert stack.one("Release", "traefik").inputs["values"]["ingressClass"]["isDefaultClass"] is serves_all
    assert stack.one("Ingress", "polls-ingress").inputs["spec"]["ingressClassName"] == "traefik"
