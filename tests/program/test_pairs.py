"""Any configuration after any other one: the guard names all data that is lost, and no object gets a second owner.

Each configuration is run once, and compared with every other one in both directions. What the engine does follows from
what the program registers: a resource that is not registered any more is deleted, and one whose identity differs is
replaced. `tests/engine/test_data_loss.py` shows the same on the real engine, for one change at a time.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.stacks import data_loss, database_switch, holders
from pocdeploy.stacks.deployed import COMMAND, NAMESPACE, Deployed, from_outputs
from pocdeploy.stacks.facts import Facts
from tests.program.recorder import Recorded, Registered, deploy

SEED, COUNT = 17, 26
"""Every pair in both directions: 650."""
NAMES = ("polls", "shop", "notes")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A configuration, and what the program registers for it."""

    settings: Settings
    recorded: Recorded

    @property
    def deployed(self) -> Deployed:
        return from_outputs({it.urn: {"outputs": it.inputs} for it in self.recorded.resources})

    @property
    def held(self) -> dict[str, Any]:
        """URN of each resource that holds data -> what replaces it if it differs."""
        filled = {it.inputs["metadata"]["namespace"] for it in self.recorded.all("Cluster")}
        found = [it for it in self.recorded.resources if holders.holds_data(it.urn.split("::")[2], it.inputs)]
        return {it.urn: identity(it) for it in found if it.type != NAMESPACE or it.inputs["metadata"]["name"] in filled}

    @property
    def objects(self) -> dict[tuple[str, str, str], str]:
        """Kind, namespace and name of each object in the cluster -> URN of its owner."""
        found = [it for it in self.recorded.resources if it.type.startswith("kubernetes:")]
        keys = [(it, it.inputs.get("metadata") or it.inputs) for it in found if it.kind != "Provider"]
        named = [
            (it.kind, str(data.get("namespace", "")), str(data["name"]), it.urn) for it, data in keys if "name" in data
        ]
        assert len({key[:3] for key in named}) == len(named), "two owners of one object"
        return {(kind, place, name): urn for kind, place, name, urn in named}


def identity(resource: Registered) -> Any:
    if resource.type == COMMAND:
        return resource.inputs["triggers"]
    return [resource.inputs["metadata"].get(key) for key in ("name", "namespace")]


def configuration(chance: random.Random) -> dict[str, Any]:
    """Return a valid configuration: up to three applications, each with its own database, a shared one, or none."""
    names = chance.sample(NAMES, chance.randint(1, len(NAMES)))
    apps: dict[str, Any] = {}
    for name in names:
        owners = [
            other
            for other, app in apps.items()
            if isinstance(app["database"], dict) and "shared" not in app["database"]
        ]
        own = {"instances": chance.randint(1, 3), "storage": chance.choice(["1Gi", "2Gi"])}
        databases = [own, own, False, *({"shared": owner} for owner in owners)]
        apps[name] = {
            "path": "app/polls",
            "patches": "patches/polls",
            "host": f"{name}.localhost",
            "replicas": {"max": chance.randint(2, 4)},
            "database": chance.choice(databases),
        }
    cluster = {"workers": chance.choice([3, 3, 3, 2]), "httpPort": chance.choice([80, 80, 8080])}
    cluster |= {"name": chance.choice(["test", "test", "other"]), "metricsServer": chance.choice([True, False])}
    return {"cluster": cluster, "apps": apps, "monitoring": {"profile": chance.choice(["off", "light", "full"])}}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    chance = random.Random(SEED)  # noqa: S311 -- the same in every run
    found = {}
    while len(found) < COUNT:
        config = configuration(chance)
        text = json.dumps(config)
        if text not in found:
            folder: Path = tmp_path_factory.mktemp("pair")
            found[text] = Case(settings=Settings.model_validate(config), recorded=deploy(config, folder))
    return list(found.values())


def lost(before: Case, after: Case) -> set[str]:
    """Return the URNs of what holds data before, and is deleted or replaced."""
    return {urn for urn, same in before.held.items() if after.held.get(urn) != same}


def test_every_loss_is_named(cases: list[Case]) -> None:
    """A cluster is named with everything in it. A namespace is named by the database in it."""
    pairs = [*permutations(cases, 2)]
    unnamed, untrue, losses = [], [], 0
    for before, after in pairs:
        named = {loss.urn for loss in data_loss.losses(after.settings, before.deployed)}
        gone = lost(before, after)
        losses += bool(gone)
        clusters = {urn for urn in gone if urn.endswith("-kind")}
        databases = {urn for urn in gone - clusters if f"${NAMESPACE}::" not in urn}
        # The name of the cluster's component is its own: another name deletes one cluster and creates the other.
        expected = clusters or databases
        unnamed += [expected - named] if expected - named else []
        untrue += [named - expected] if named - expected else []

    assert len(pairs) >= 300
    assert len(pairs) > losses > 100
    assert (unnamed, untrue) == ([], [])


def test_no_object_changes_its_owner(cases: list[Case]) -> None:
    """Pulumi would adopt the object for its new owner, and then delete it for the old one."""
    found, compared = [], 0
    for before, after in permutations(cases, 2):
        if any(urn.endswith("-kind") for urn in lost(before, after)):
            continue  # another cluster
        if [*database_switch.refusals(after.settings, before.deployed, Facts())]:
            continue
        compared += 1
        was, is_ = before.objects, after.objects
        found += [(key, was[key], is_[key]) for key in was.keys() & is_.keys() if was[key] != is_[key]]

    assert compared >= 100
    assert found == []
