"""Any configuration after any other one: the guard names all data that is lost, and no object gets a second owner.

hypothesis makes the configurations (`tests/configurations.py`), `planner.py` says what the engine would do. The pairs
are the same in every run; `FUZZ=1 make test-program ARGS='-k pairs'` takes others.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import Field

from pocdeploy.config import Database
from pocdeploy.stacks.data_loss import DataLossError, Loss, losses
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, NAMESPACE, REPOSITORY, SHARED_DATABASE
from pocdeploy.stacks.effective import effective
from pocdeploy.stacks.refusals import RefusedError
from tests import configurations
from tests.configurations import Config
from tests.program.planner import Plan, Planner, Step, Stored

CHAINS, LINKS = 9, 6
"""Configurations to begin with, for each type of cluster, and changes of each: there and back."""
HOLDS_DATA = {
    DATABASE_CLUSTER,
    SHARED_DATABASE,
    "kubernetes:core/v1:PersistentVolumeClaim",
    "aws:eks/cluster:Cluster",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
}
UNIQUE = {"Cluster", "LogGroup", "Repository", "Role"}
"""Resources of AWS of which there is one with a name."""
FIXED = settings(
    max_examples=CHAINS,
    derandomize=not os.environ.get("FUZZ"),
    database=None,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    # The message has the pair that is at fault; to make it smaller takes minutes.
    phases=[Phase.generate, *([Phase.shrink] if os.environ.get("FUZZ") else [])],
)


@dataclass
class Seen:
    """What happened in all pairs."""

    results: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


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


def change(planner: Planner, config: Config, seen: Seen) -> bool:
    """Go to a configuration, and look at the plan; return whether that is possible."""
    before, deployed = planner.state, planner.deployed
    named = losses(effective(configurations.checked(config), deployed), deployed)
    plan = planner.up(config, allowed=" ".join(loss.urn for loss in named))
    if plan.refused:
        is_known = plan.refused.startswith((RefusedError.headline, DataLossError.headline))
        seen.faults += [] if is_known else [f"ends otherwise: {plan.refused}"]
        seen.results["refused"] += 1
        return False
    seen.faults += [*unnamed(plan, before, named), *untrue(plan, named), *owned_twice(plan, before, named)]
    seen.results["loses data" if named else "changes" if plan.steps else "nothing"] += 1
    return True


def explored(first: Config, others: list[Config], folder: Path, seen: Seen) -> None:
    """Go from one configuration to each of the others, and back."""
    planner = Planner(folder)
    assert not planner.up(first).refused, json.dumps(first)
    for other in others:
        here = planner.state
        if not change(planner, other, seen):
            planner.state = {}
            assert not planner.up(other).refused, json.dumps(other)
        if not change(planner, first, seen):
            planner.state = here
        if seen.faults:
            seen.faults += [f"before: {json.dumps(first)}", f"after:  {json.dumps(other)}"]
            return


@st.composite
def chains(draw: st.DrawFn, kind: str) -> tuple[Config, list[Config]]:
    """Return a configuration, and others that differ from it in a few keys or completely."""
    first = draw(configurations.configurations(kind))
    near = configurations.edited(first, kind, least=1)
    far = st.sampled_from([kind, kind, kind, *configurations.KINDS]).flatmap(configurations.configurations)
    return first, draw(st.lists(st.one_of(near, near, far), min_size=LINKS, max_size=LINKS))


@pytest.mark.parametrize("kind", configurations.KINDS)
def test_every_loss_is_named_and_no_owner_changes(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    every: Counter[str] = Counter()

    @FIXED
    @given(chains(kind))
    def run(chain: tuple[Config, list[Config]]) -> None:
        seen = Seen()
        explored(*chain, tmp_path_factory.mktemp("pair"), seen)
        every.update(seen.results)
        assert seen.faults == []

    run()

    print(f"{kind}: {dict(every)}")  # noqa: T201 -- shown by pytest -rP
    assert every.total() >= 100
    assert min(every["changes"], every["loses data"]) >= 5
    assert every["changes"] + every["loses data"] >= 40


class Later(Database):
    """Settings with a new key."""

    fill_factor: Annotated[int, Field(ge=3, le=4)] = 3


@pytest.mark.parametrize("kind", configurations.KINDS)
def test_all_keys_are_edited(kind: str) -> None:
    keys = configurations.keys(kind)
    found: list[Any] = []

    @FIXED
    @given(dict(configurations._keys(Later))["fillFactor",])
    def see(value: Any) -> None:
        found.append(value)

    see()
    assert {("cluster", "protect"), ("apps", "*", "database", "storage"), ("monitoring", "retention")} <= keys.keys()
    assert set(found) == {3, 4}
