"""Any configuration after any other one: the guard names all data that is lost, and no object gets a second owner.

hypothesis makes the configurations (`tests/configurations.py`), `planner.py` says what the engine would do. The pairs
are the same in every run; `FUZZ=1 make test-program ARGS='-k pairs'` takes others.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import Field

from pocdeploy.config import Database
from pocdeploy.stacks.data_loss import DataLossError, losses
from pocdeploy.stacks.effective import effective
from pocdeploy.stacks.refusals import RefusedError
from tests import configurations
from tests.configurations import Config
from tests.program.planner import Planner
from tests.program.plans import faults

CHAINS, LINKS = {"kind": 6, "existing": 6, "eks": 3}, 10
"""Configurations to begin with, for each type of cluster, and others that each is changed to: there and back."""
PAIRS = 2 * LINKS * sum(CHAINS.values())
FIXED = settings(
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
    seen.faults += faults(plan, before, named)
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
    other = st.one_of(near, near, far).filter(lambda config: config != first)
    return first, draw(st.lists(other, min_size=LINKS, max_size=LINKS, unique_by=json.dumps))


@pytest.mark.parametrize("kind", configurations.KINDS)
def test_every_loss_is_named_and_no_owner_changes(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    every: Counter[str] = Counter()

    @settings(FIXED, max_examples=CHAINS[kind])
    @given(chains(kind))
    def run(chain: tuple[Config, list[Config]]) -> None:
        seen = Seen()
        explored(*chain, tmp_path_factory.mktemp("pair"), seen)
        every.update(seen.results)
        assert seen.faults == []

    run()

    print(f"{kind}: {dict(every)}")  # noqa: T201 -- shown by pytest -rP
    assert PAIRS >= 300
    assert every.total() == 2 * LINKS * CHAINS[kind]
    assert min(every["changes"], every["loses data"]) >= 5
    assert every["changes"] + every["loses data"] >= every.total() / 3


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
