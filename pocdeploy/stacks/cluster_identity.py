"""Recognise the existing cluster of a stack, whatever its context is called."""

from __future__ import annotations

from collections.abc import Iterator

from pocdeploy import fixes
from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.errors import Finding
from pocdeploy.preflight.cluster_inventory import Inventory
from pocdeploy.stacks.deployed import NAMESPACE, PROVIDER, Deployed, Resource
from pocdeploy.stacks.facts import Facts

COMPONENT = "pocdeploy:cluster:ExistingCluster$"
KEY = "pocdeploy:cluster"


def identifier(deployed: Deployed, inventory: Inventory) -> str:
    """Return the identifier of the cluster for its provider. Another one would recreate every object.

    It is the UID of the namespace kube-system, which is unique for each cluster. A stack that was deployed with another
    identifier, the name of its context, keeps it.
    """
    provider = _provider(deployed)
    recorded = provider.outputs.get("clusterIdentifier") if provider else None
    return str(recorded or inventory.uids["kube-system"])


def other_cluster(settings: Settings, deployed: Deployed, facts: Facts) -> Iterator[Finding]:
    """Yield a finding if the settings lead to another cluster than the one that has the stack's objects.

    Pulumi would create each object there and delete it in the old cluster; if the old context leads to the new cluster
    too, it would delete what it has just created.
    """
    provider, inventory = _provider(deployed), facts.inventory
    if not isinstance(settings.cluster, ExistingSettings) or provider is None or inventory is None:
        return
    if _is_same(provider, deployed, inventory):
        return
    context, reference = settings.cluster.context, settings.cluster.stack_reference
    before = provider.outputs.get("context")
    is_recreated = before == context and reference is None
    stack = deployed.stack
    yield Finding(
        where=f"{KEY}.stackReference" if reference else f"{KEY}.context",
        what="this is another cluster than the one that has the objects and databases of this stack",
        actual=f"{reference.stack if reference else context}: none of the stack's namespaces is in it",
        expected=(
            "the cluster that the stack was deployed to; if it no longer exists, its objects are removed from the state"
            if is_recreated
            else f"{before or 'the cluster that the stack was deployed to'}; to move, destroy the stack there first"
        ),
        fix=(
            f"pulumi refresh --stack {stack}"
            if is_recreated
            else fixes.set_value(f"{KEY}.context", before)
            if before
            else f"make down STACK={stack}"
        ),
    )


def is_deployed(deployed: Deployed) -> bool:
    """Return whether the stack is deployed to an existing cluster."""
    return _provider(deployed) is not None


def _provider(deployed: Deployed) -> Resource | None:
    return next((it for it in deployed.of_type(PROVIDER) if it.type_chain.startswith(COMPONENT)), None)


def _is_same(provider: Resource, deployed: Deployed, inventory: Inventory) -> bool:
    """Return whether a cluster is the deployed one: by its identifier, or by the UID of a namespace in the state."""
    if provider.outputs.get("clusterIdentifier") == inventory.uids.get("kube-system"):
        return True
    recorded = [it.metadata for it in deployed.of_type(NAMESPACE) if it.metadata.get("uid")]
    return not recorded or any(inventory.uids.get(it["name"]) == it["uid"] for it in recorded)
