"""A cluster or registry that is gone behind Pulumi's back is made anew with all that was in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.stacks.state_repair import MissingResource, find_missing, prune_state
from tests.engine.bench import Bench
from tests.engine.conftest import Deployed
from tests.engine.test_cluster import inventory

pytestmark = pytest.mark.usefixtures("quick")


def state_of(bench: Bench) -> dict[str, Any]:
    exported = bench.pulumi("stack", "export", "--stack", bench.stack)
    assert exported.code == 0, exported.output
    state: dict[str, Any] = json.loads(exported.output)
    return state


def missing(bench: Bench) -> list[MissingResource]:
    """Return what `up` finds to be gone: there is a container for each cluster and registry of the world."""
    there = {f"{name}-control-plane" for name in bench.world.clusters}
    there |= {"test-registry"} if bench.world.registries else set()
    return find_missing(state_of(bench)["deployment"], there.__contains__)


def tell(bench: Bench) -> None:
    """Tell the state what is gone, as `up` does."""
    file = bench.folder / "forgotten.json"
    file.write_text(json.dumps(prune_state(state_of(bench), missing(bench))))
    run = bench.pulumi("stack", "import", "--stack", bench.stack, "--file", str(file))
    assert run.code == 0, run.output


def test_nothing_is_replaced_while_all_is_there(deployed: Deployed) -> None:
    assert missing(deployed.bench) == []


def test_without_a_hint_the_engine_sees_no_change(mine: Bench) -> None:
    """The reason for all this: if it noticed by itself, nothing of it would be needed."""
    mine.world.clusters.clear()

    assert mine.up("--expect-no-changes").code == 0
    assert mine.world.clusters == {}


def test_a_lost_cluster_is_made_anew_with_all_that_was_in_it(deployed: Deployed, mine: Bench) -> None:
    mine.world.clusters.clear()

    (one,) = missing(mine)
    tell(mine)
    tell(mine)  # a run that was interrupted here
    preview = mine.preview()
    up = mine.up()
    again = mine.up("--expect-no-changes")

    assert "empty databases" in one.what
    assert "Command test-kind" in preview.steps()["create"]
    assert "replace" not in up.steps()
    assert up.code == 0, up.output
    assert inventory(mine) == inventory(deployed.bench)
    assert "Create RandomPassword" not in "".join(mine.calls.labels("Create"))
    assert "Create Command test-connect" in mine.calls.labels("Create")
    # The registry and the images in it are still there.
    assert "Command test-registry" not in up.steps()["create"]
    assert "Image polls-image" not in up.steps()["create"]
    assert missing(mine) == []
    assert again.code == 0, again.output


def test_a_lost_registry_gets_its_images_again_and_the_cluster_stays(mine: Bench) -> None:
    mine.world.registries.clear()
    mine.world.images.clear()

    assert [one.container for one in missing(mine)] == ["test-registry"]
    database = mine.world.clusters["test"].objects["Cluster", "polls", "polls-db"]
    tell(mine)
    up = mine.up()
    again = mine.up("--expect-no-changes")

    assert up.code == 0, up.output
    assert [len(digests) for digests in mine.world.images.values()] == [1]
    assert mine.world.clusters["test"].objects["Cluster", "polls", "polls-db"] is database
    assert "Create Command test-connect" in mine.calls.labels("Create")
    assert "Command test-kind" not in up.steps()["create"]
    assert again.code == 0, again.output


def test_both_lost_at_once(deployed: Deployed, mine: Bench) -> None:
    mine.world.clusters.clear()
    mine.world.registries.clear()
    mine.world.images.clear()

    tell(mine)
    up = mine.up()

    assert up.code == 0, up.output
    assert inventory(mine) == inventory(deployed.bench)
    assert [len(digests) for digests in mine.world.images.values()] == [1]
    assert mine.up("--expect-no-changes").code == 0
