"""The end: nothing is deleted one by one that goes with the cluster, and nothing is left."""

from __future__ import annotations

from tests.engine.bench import Bench


def test_destroy_deletes_only_what_outlives_the_cluster_and_leaves_nothing(mine: Bench) -> None:
    run = mine.destroy()

    assert run.code == 0, run.output
    assert mine.calls.labels() == ["Delete Command test-kind", "Delete Command test-registry"]
    assert mine.state().get("resources", []) == []
    assert mine.world.clusters == {}
    assert mine.world.registries == {}
