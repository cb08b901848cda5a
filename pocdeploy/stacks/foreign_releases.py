"""Helm releases that the stack would install under a name that others use already."""

from __future__ import annotations

from collections.abc import Iterator

from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.errors import Finding
from pocdeploy.kube.release_owner import owner
from pocdeploy.preflight.cluster_conflicts import METRICS_SERVER, metrics_finding
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.facts import Facts

RELEASE = "kubernetes:helm.sh/v3:Release"


def refusals(settings: Settings, deployed: Deployed, facts: Facts) -> Iterator[Finding]:
    """Yield a finding if the cluster's metrics-server is not in the stack's state, and does not name its owner."""
    inventory = facts.inventory
    if inventory is None or not isinstance(settings.cluster, ExistingSettings) or not settings.cluster.metrics_server:
        return
    is_ours = owner(inventory.metrics_labels) or deployed.find(RELEASE, METRICS_SERVER.partition("/")[2])
    if inventory.metrics == METRICS_SERVER and not is_ours:
        yield metrics_finding(inventory)
