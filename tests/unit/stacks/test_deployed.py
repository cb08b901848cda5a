"""A stack's last state as plain data, in both forms in which it is read."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.stacks.deployed import NAMESPACE, Deployed, from_export, from_outputs

BASE = "urn:pulumi:dev::pocdeploy::pocdeploy:"
CLUSTER = f"{BASE}backend:Database$kubernetes:postgresql.cnpg.io/v1:Cluster::polls-db"
KIND = f"{BASE}cluster:KindCluster$command:local:Command::test-kind"
REGISTRY = f"{BASE}cluster:KindCluster$pocdeploy:cluster:LocalRegistry$command:local:Command::test-registry"
OUTPUTS: dict[str, dict[str, Any]] = {
    CLUSTER: {"spec": {"instances": 3, "storage": {"size": "1Gi"}}, "metadata": {"name": "polls-db"}},
    REGISTRY: {"environment": {"REGISTRY": "test-registry", "IMAGE": "registry:3"}},
    KIND: {"environment": {"CLUSTER": "test", "CONFIG_HASH": "ab"}},
}


def exported(**more: Any) -> dict[str, Any]:
    return {"deployment": {"resources": [{"urn": urn, "outputs": it, **more} for urn, it in OUTPUTS.items()]}}


@pytest.mark.parametrize(
    "deployed",
    [from_outputs({urn: {"type": "", "outputs": it} for urn, it in OUTPUTS.items()}), from_export(exported())],
    ids=["engine", "export"],
)
def test_state_is_read_in_both_forms(deployed: Deployed) -> None:
    assert deployed.database("polls") == {"instances": 3, "storage": {"size": "1Gi"}}
    assert deployed.database("other") is None
    assert deployed.kind_cluster == deployed.resources[KIND]
    assert deployed.eks_cluster is None
    assert deployed.find(NAMESPACE, "polls-namespace") is None


def test_parts_of_a_urn() -> None:
    resource = from_export(exported()).resources[REGISTRY]
    assert resource.name == "test-registry"
    assert resource.type == "command:local:Command"
    assert "pocdeploy:cluster:LocalRegistry" in resource.type_chain


def test_protection_is_read_from_an_export() -> None:
    assert from_export(exported(protect=True)).resources[CLUSTER].protect
    assert not from_export(exported()).resources[CLUSTER].protect


def test_inputs_of_unfinished_resources_count() -> None:
    state = {"deployment": {"resources": [{"urn": CLUSTER, "inputs": {"spec": {"instances": 1}}}]}}
    assert from_export(state).database("polls") == {"instances": 1}


@pytest.mark.parametrize("state", [{}, {"deployment": None}, exported(delete=True)], ids=["empty", "new", "deleted"])
def test_nothing_is_deployed(state: dict[str, Any]) -> None:
    assert from_export(state) == Deployed()


@pytest.mark.parametrize(
    ("stack", "recorded", "expected"),
    [("dev", None, False), ("prod", None, True), ("prod", False, False), ("dev", True, True)],
)
def test_protection_is_that_of_the_last_deployment(stack: str, recorded: bool | None, expected: bool) -> None:
    urn = f"urn:pulumi:{stack}::pocdeploy::pocdeploy:cluster:KindCluster::test"
    outputs = {} if recorded is None else {"protect": recorded}
    assert from_outputs({urn: {"outputs": outputs}}).is_protected is expected


def test_a_new_stack_is_not_protected() -> None:
    assert not Deployed().is_protected
