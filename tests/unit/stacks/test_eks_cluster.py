"""The network of a cluster on AWS is that with which it was created."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.stacks import eks_cluster
from pocdeploy.stacks.facts import Facts
from tests.unit.stacks.test_data_loss import BASE, EKS, state

VPC = f"{BASE}cluster:EksCluster$aws:ec2/vpc:Vpc::pocdeploy-network"
SUBNET = f"{BASE}cluster:EksCluster$aws:ec2/subnet:Subnet::pocdeploy-network-"
OUTPUTS: dict[str, dict[str, Any]] = {
    EKS: {"name": "pocdeploy"},
    VPC: {"cidrBlock": "10.42.0.0/16"},
    **{f"{SUBNET}{zone}": {"availabilityZone": f"eu-central-1{zone}"} for zone in "abc"},
}


def findings(outputs: dict[str, dict[str, Any]], **cluster: Any) -> list[str]:
    aws = {"type": "eks", "region": "eu-central-1", "domain": "example.com", **cluster}
    settings = Settings.model_validate({"cluster": aws, "apps": {"polls": {"host": "example.com"}}})
    found = eks_cluster.fixed_network(settings, state(outputs), Facts())
    return [f"{it.where}: {it.actual}, {it.expected}" for it in found]


@pytest.mark.parametrize(
    ("outputs", "cluster"),
    [
        (OUTPUTS, {}),
        ({}, {"vpcCidr": "10.43.0.0/16"}),
        (OUTPUTS, {"name": "other", "vpcCidr": "10.43.0.0/16"}),
        (OUTPUTS, {"zones": [f"eu-central-1{zone}" for zone in "cab"]}),
    ],
    ids=["as deployed", "new", "another cluster", "other order"],
)
def test_a_network_that_can_be_had(outputs: dict[str, dict[str, Any]], cluster: dict[str, Any]) -> None:
    assert findings(outputs, **cluster) == []


def test_another_network_is_refused() -> None:
    (found,) = findings(OUTPUTS, vpcCidr="10.43.0.0/16")
    assert found.startswith("pocdeploy:cluster.vpcCidr: 10.43.0.0/16, 10.42.0.0/16, as deployed")


def test_other_zones_are_refused() -> None:
    (found,) = findings(OUTPUTS, zones=[f"eu-central-1{zone}" for zone in "abd"])
    assert "eu-central-1d], [eu-central-1a, eu-central-1b, eu-central-1c], as deployed" in found


@pytest.mark.parametrize(("asked", "kept"), [("cab", "bca"), ("abd", "abd")])
def test_zones_keep_their_order(asked: str, kept: str) -> None:
    """The network of a zone is that of its place in the list: b has the first one here."""
    networks = {
        f"{SUBNET}{zone}": {"availabilityZone": f"eu-central-1{zone}", "cidrBlock": f"10.42.{number}.0/19"}
        for zone, number in {"a": 128, "c": 32, "b": 0}.items()
    }
    aws = {
        "type": "eks",
        "region": "eu-central-1",
        "domain": "example.com",
        "zones": [f"eu-central-1{it}" for it in asked],
    }
    settings = Settings.model_validate({"cluster": aws, "apps": {"polls": {"host": "example.com"}}})
    cluster = eks_cluster.keep_zones(settings, state(networks)).cluster

    assert cluster == settings.cluster.model_copy(update={"zones": tuple(f"eu-central-1{it}" for it in kept)})


@pytest.mark.parametrize(
    ("before", "after", "is_refused"), [("1.36", "1.35", True), ("1.35", "1.36", False), (None, "1.35", False)]
)
def test_an_older_version_of_kubernetes_is_refused(before: str | None, after: str, is_refused: bool) -> None:
    aws = {"type": "eks", "region": "eu-central-1", "domain": "example.com", "version": after}
    settings = Settings.model_validate({"cluster": aws, "apps": {"polls": {"host": "example.com"}}})
    found = list(eks_cluster.older_version(settings, state({EKS: {"name": "pocdeploy", "version": before}}), Facts()))

    assert bool(found) is is_refused
    assert [it.where for it in found] == ["pocdeploy:cluster.version"] * is_refused
