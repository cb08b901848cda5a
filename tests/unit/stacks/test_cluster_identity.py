"""The existing cluster of a stack is recognised by what is in it."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.preflight.cluster_inventory import Inventory
from pocdeploy.stacks import cluster_identity
from pocdeploy.stacks.deployed import Deployed, from_outputs
from pocdeploy.stacks.facts import Facts

BASE = "urn:pulumi:try::pocdeploy::pocdeploy:"
PROVIDER = f"{BASE}cluster:ExistingCluster$pulumi:providers:kubernetes::try-provider"
NAMESPACE = f"{BASE}namespace:AppNamespace$kubernetes:core/v1:Namespace::polls-namespace"
HERE = Inventory(uids={"kube-system": "here", "polls": "p-1"})
ELSEWHERE = Inventory(uids={"kube-system": "elsewhere", "polls": "p-9"})


def deployed(identifier: str = "old-context", *, context: str | None = "old-context", uid: str = "p-1") -> Deployed:
    return from_outputs(
        {
            PROVIDER: {"outputs": {"clusterIdentifier": identifier, "context": context}},
            NAMESPACE: {"outputs": {"metadata": {"name": "polls", "uid": uid}}},
        }
    )


def settings(**cluster: Any) -> Settings:
    return Settings.model_validate({"cluster": {"type": "existing", "registry": {"push": "r"}, **cluster}})


def findings(state: Deployed, inventory: Inventory | None, **cluster: Any) -> list[str]:
    facts = Facts(inventory=inventory)
    found = cluster_identity.other_cluster(settings(**(cluster or {"context": "new"})), state, facts)
    return [f"{it.where} {it.fix}" for it in found]


@pytest.mark.parametrize(("state", "expected"), [(Deployed(), "here"), (deployed(), "old-context")])
def test_a_deployed_stack_keeps_its_identifier(state: Deployed, expected: str) -> None:
    assert cluster_identity.identifier(state, HERE) == expected


@pytest.mark.parametrize(
    ("state", "inventory"),
    [
        (deployed(), HERE),
        (deployed("here", uid="deleted"), HERE),
        (Deployed(), ELSEWHERE),
        (deployed(), None),
        (from_outputs({PROVIDER: {"outputs": {"clusterIdentifier": "old"}}}), ELSEWHERE),
    ],
    ids=["namespace", "kube-system", "new stack", "unknown", "nothing to lose"],
)
def test_the_same_cluster_is_accepted(state: Deployed, inventory: Inventory | None) -> None:
    assert findings(state, inventory) == []
    assert findings(state, inventory, stackReference={"stack": "o/p/s"}) == []


@pytest.mark.parametrize(
    ("before", "cluster", "expected"),
    [
        ("old", {"context": "new"}, "context .venv/bin/python -m pocdeploy set cluster.context old --stack dev"),
        ("same", {"context": "same"}, "context pulumi refresh --stack try"),
        (None, {"stackReference": {"stack": "o/p/s"}}, "stackReference make down STACK=try"),
    ],
    ids=["other context", "recreated", "other stack"],
)
def test_another_cluster_is_refused(before: str | None, cluster: dict[str, Any], expected: str) -> None:
    assert findings(deployed(context=before), ELSEWHERE, **cluster) == [f"pocdeploy:cluster.{expected}"]
