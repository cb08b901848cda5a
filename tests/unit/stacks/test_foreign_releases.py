"""A metrics-server of others is not taken over."""

from __future__ import annotations

import pytest

from pocdeploy.config import Settings
from pocdeploy.kube.release_owner import STACK_LABEL
from pocdeploy.preflight.cluster_inventory import Inventory
from pocdeploy.stacks import foreign_releases
from pocdeploy.stacks.deployed import Deployed, Resource
from pocdeploy.stacks.facts import Facts

URN = "urn:pulumi:try::pocdeploy::pocdeploy:cluster:ExistingCluster$kubernetes:helm.sh/v3:Release::metrics-server"
IN_STATE = Deployed(resources={URN: Resource(urn=URN)})
CLUSTER = {"type": "existing", "context": "theirs", "registry": {"push": "registry.example.com"}}


@pytest.mark.parametrize(
    ("labels", "deployed", "wanted", "is_refused"),
    [
        ({}, Deployed(), True, True),
        ({}, IN_STATE, True, False),  # installed by an earlier version of pocdeploy
        ({STACK_LABEL: "try"}, Deployed(), True, False),  # by a killed run, which has recorded nothing
        ({}, Deployed(), False, False),
    ],
)
def test_metrics_server_without_an_owner(
    labels: dict[str, str], deployed: Deployed, wanted: bool, is_refused: bool
) -> None:
    settings = Settings.model_validate({"cluster": {**CLUSTER, "metricsServer": wanted}})
    facts = Facts(inventory=Inventory(metrics="kube-system/metrics-server", metrics_labels=labels))
    found = [*foreign_releases.refusals(settings, deployed, facts)]

    assert [finding.where for finding in found] == ["pocdeploy:cluster.metricsServer"] * is_refused
