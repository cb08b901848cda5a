"""Which resources hold data, for the guard and for comments on pull requests."""

from __future__ import annotations

import pytest

from pocdeploy.stacks import holders
from pocdeploy.stacks.deployed import Resource

CLUSTER = "pocdeploy:cluster:KindCluster$command:local:Command"


@pytest.mark.parametrize(
    ("chain", "inputs", "expected"),
    [
        (CLUSTER, {"delete": "sh delete.sh"}, True),
        (CLUSTER, {}, False),
        ("pocdeploy:cluster:KindCluster$pocdeploy:cluster:LocalRegistry$command:local:Command", {"delete": "x"}, False),
        ("pocdeploy:backend:SharedDatabase$kubernetes:postgresql.cnpg.io/v1:Database", {}, True),
        ("pocdeploy:backend:SharedDatabase$kubernetes:postgresql.cnpg.io/v1:DatabaseRole", {}, False),
        ("pocdeploy:backend:Database$kubernetes:postgresql.cnpg.io/v1:Cluster", {}, True),
        ("pocdeploy:cluster:EksCluster$aws:ecr/repository:Repository", {}, True),
        ("pocdeploy:frontend:Frontend$kubernetes:apps/v1:Deployment", {}, False),
    ],
)
def test_types_that_hold_data(chain: str, inputs: dict[str, str], expected: bool) -> None:
    assert holders.holds_data(chain, inputs) is expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"instances": 3, "storage": {"size": "1Gi"}}, "3 x 1Gi"),
        ({"storage": {"size": "2Gi"}}, "1 x 2Gi"),
        ({"cluster": {"name": "x-db"}}, None),
        (None, None),
    ],
)
def test_size_of_a_database(spec: dict[str, object] | None, expected: str | None) -> None:
    assert holders.size(Resource(urn="urn", outputs={"spec": spec})) == expected
