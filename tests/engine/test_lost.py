"""A cluster or registry that was deleted outside Pulumi is recreated with all that was in it."""

from __future__ import annotations

import json

import pytest

from pocdeploy.stacks.state_repair import MissingResource, find_missing, prune_state
from tests.engine.bench import Bench
from tests.engine.conftest import Deployed
from tests.engine.test_cluster import inventory

pytestmark = pytest.mark.usefixtures("quick")


def missing(bench: Bench) -> list[MissingResource]:
    """Return what `up` finds to be missing: each cluster and registry of the world has a container."""
    there = {f"{name}-control-plane" for name in bench.world.clusters}
    there |= {"test-registry"} if bench.world.registries else set()
    return find_missing(bench.state(), there.__contains__)


def prune(bench: Bench) -> None:
    """Remove from the state what is missing, as `up` does."""
    file = bench.folder / "pruned.json"
    exported = bench.pulumi("stack", "export", "--stack", bench.stack)
    assert exported.code == 0, exported.output
    file.write_text(json.dumps(prune_state(json.loads(exported.output), missing(bench))))
    run = bench.pulumi("stack", "import", "--stack", bench.stack, "--file", str(file))
    assert run.code == 0, run.output


def test_nothing_is_replaced_while_all_is_there(deployed: Deployed) -> None:
    assert missing(deployed.bench) == []


def test_engine_alone_does_not_notice_a_missing_cluster(mine: Bench) -> None:
    """The reason for all this: if the engine noticed it, pocdeploy would not have to."""
    mine.world.clusters.clear()

    assert mine.up("--expect-no-changes").code == 0
    assert mine.world.clusters == {}


def test_missing_cluster_is_recreated_with_its_contents(deployed: Deployed, mine: Bench) -> None:
    mine.world.clusters.clear()

    (one,) = missing(mine)
    prune(mine)
    prune(mine)  # a run that was interrupted here
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


def test_missing_registry_gets_its_images_again(mine: Bench) -> None:
    mine.world.registries.clear()
    mine.world.images.clear()

    assert [one.container for one in missing(mine)] == ["test-registry"]
    database = mine.world.clusters["test"].objects["Cluster", "polls", "polls-db"]
    prune(mine)
    up = mine.up()
    again = mine.up("--expect-no-changes")

    assert up.code == 0, up.output
    assert [len(digests) for digests in mine.world.images.values()] == [1]
    assert mine.world.clusters["test"].objects["Cluster", "polls", "polls-db"] is database
    assert "Create Command test-connect" in mine.calls.labels("Create")
    assert "Command test-kind" not in up.steps()["create"]
    assert again.code == 0, again.output


def test_both_missing_at_once(deployed: Deployed, mine: Bench) -> None:
    mine.world.clusters.clear()
    mine.world.registries.clear()
    mine.world.images.clear()

    prune(mine)
    up = mine.up()

    assert up.code == 0, up.output
    assert inventory(mine) == inventory(deployed.bench)
    assert [len(digests) for digests in mine.world.images.values()] == [1]
    assert mine.up("--expect-no-changes").code == 0
