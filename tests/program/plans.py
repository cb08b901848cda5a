"""Faults of a plan: data that it deletes without a name, and objects that it gives a second owner.

What holds data is listed here again: the list of the product is what is tested.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from pocdeploy.stacks.data_loss import Loss
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, NAMESPACE, REPOSITORY, SHARED_DATABASE
from tests.program.planner import Plan, Step, Stored

HOLDS_DATA = {
    DATABASE_CLUSTER,
    SHARED_DATABASE,
    "kubernetes:core/v1:PersistentVolumeClaim",
    "aws:eks/cluster:Cluster",
    "aws:kms/key:Key",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:ec2/subnet:Subnet",  # volumes stay in their zone, and AWS refuses to delete it under a cluster
    "aws:s3/bucket:Bucket",
}
UNIQUE = {"Cluster", "LogGroup", "Repository", "Role"}
"""Resources of AWS of which there is one with a name."""


def faults(plan: Plan, before: dict[str, Stored], named: list[Loss]) -> list[str]:
    """Return all faults of a plan from the state ``before``, in which the guard named these losses."""
    return [*unnamed(plan, before, named), *untrue(plan, named), *owned_twice(plan, before, named)]


def holds_data(stored: Stored, state: dict[str, Stored]) -> bool:
    """Return whether a resource holds data. This is not what the product says: that is what is tested."""
    registered, inputs = stored.registered, stored.inputs
    if registered.type == NAMESPACE:
        name = inputs["metadata"]["name"]
        return any(
            place(it) == name and it.registered.type != NAMESPACE and holds_data(it, state) for it in state.values()
        )
    return (
        registered.type in HOLDS_DATA
        or (registered.type == REPOSITORY and bool(inputs.get("forceDelete")))
        or "CONFIG_HASH" in inputs.get("environment", {})
        or has_volume(stored)
    )


def has_volume(stored: Stored | None) -> bool:
    """Return whether a Helm release has volumes."""
    return (
        stored is not None
        and stored.registered.kind == "Release"
        and "volumeClaimTemplate" in json.dumps(stored.inputs)
    )


def place(stored: Stored) -> str:
    """Return the namespace of an object in Kubernetes."""
    return str((stored.inputs.get("metadata") or stored.inputs).get("namespace", ""))


def lossy(plan: Plan, before: dict[str, Stored]) -> Iterator[Step]:
    """Yield the steps that delete data."""
    for step in plan.steps:
        loses_volume = step.op == "update" and has_volume(step.old) and not has_volume(step.new)
        if step.old and (loses_volume or (step.op in ("delete", "replace") and holds_data(step.old, before))):
            yield step


def unnamed(plan: Plan, before: dict[str, Stored], named: list[Loss]) -> Iterator[str]:
    """Yield what is lost and not named. A cluster is named with all in it, a namespace by what is in it."""
    urns = {loss.urn for loss in named}
    if any(is_cluster(before[urn]) for urn in urns):
        return
    for step in lossy(plan, before):
        assert step.old
        inside = {urn for urn, it in before.items() if place(it) == step.old.inputs.get("metadata", {}).get("name")}
        covered = inside & urns if step.old.registered.type == NAMESPACE else {step.urn} & urns
        if not covered:
            yield f"lost, and not named: {step.label}"


def is_cluster(stored: Stored) -> bool:
    return "CONFIG_HASH" in stored.inputs.get("environment", {}) or stored.registered.type == "aws:eks/cluster:Cluster"


def untrue(plan: Plan, named: list[Loss]) -> Iterator[str]:
    done = {step.urn for step in plan.steps if step.op in ("delete", "replace")}
    yield from (f"named, and not lost: {loss.urn}" for loss in named if loss.urn not in done)


def key(stored: Stored) -> tuple[str, ...] | None:
    """Return what names the object of a resource outside of Pulumi; None if nothing does."""
    registered, inputs = stored.registered, stored.inputs
    if registered.type.startswith("kubernetes:"):
        named = inputs.get("metadata") or inputs
        return (registered.provider.rpartition("::")[0], registered.kind, place(stored), named["name"])
    environment = inputs.get("environment") or {}
    container = environment.get("REGISTRY") if "IMAGE" in environment else environment.get("CLUSTER")
    if inputs.get("delete"):  # another command does nothing when it is deleted
        return (registered.name.rpartition("-")[2], str(container)) if container else None
    return (registered.type, str(inputs["name"])) if registered.kind in UNIQUE and "name" in inputs else None


def owned_twice(plan: Plan, before: dict[str, Stored], named: list[Loss]) -> Iterator[str]:
    """Yield objects that are created by one resource, and then deleted by another one or by the replaced one."""
    is_another = any(is_cluster(before[loss.urn]) for loss in named)
    after: dict[tuple[str, ...], str] = {}
    for urn, stored in plan.state.items():
        found = key(stored)
        if found and after.setdefault(found, urn) != urn:
            yield f"two owners: {found}"
    for step in plan.steps:
        found = key(step.old) if step.old else None
        if found is None or is_another or step.op not in ("delete", "replace"):
            continue
        if after.get(found, step.urn) != step.urn:
            yield f"has another owner, and is deleted: {found}"
        if step.op == "replace" and step.new and found == key(step.new) and not step.deletes_first:
            yield f"created again, and then deleted: {found}"
