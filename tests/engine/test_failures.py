"""A failing resource leaves a state that the next `up` repairs."""

from __future__ import annotations

from tests.engine.bench import Bench
from tests.engine.calls import Call
from tests.engine.conftest import CANARIES
from tests.engine.world import RefusedError


def refuse(call: Call) -> None:
    raise RefusedError("ProgressDeadlineExceeded: the rollout took too long")


def test_failed_rollout_is_repaired_by_the_next_up(mine: Bench) -> None:
    template = next((mine.project / "app" / "polls").rglob("*.html"))
    template.write_text(template.read_text("utf-8") + "\n<!-- changed -->\n", "utf-8")
    mine.calls.when("Update Deployment polls-deployment", before=refuse)

    failed = mine.up()
    first = mine.calls.labels()
    mine.calls.clear()
    repaired = mine.up()

    assert failed.code != 0
    assert "ProgressDeadlineExceeded" in failed.errors()
    assert "Update Image polls-image" in first
    assert [value for value in CANARIES.values() if value in failed.output] == []
    assert repaired.code == 0, repaired.output
    # The migration has been done; left are the rollout, its check, and the Jobs that could not be tidied up.
    assert mine.calls.labels() == [
        "Create Job polls-smoke",
        "Delete Job polls-migrate",
        "Delete Job polls-smoke",
        "Update Deployment polls-deployment",
    ]
    assert mine.recover() == []


def test_destroy_leaves_nothing_and_a_failed_cluster_is_repaired(mine: Bench) -> None:
    """Resources in the cluster are deleted with it."""
    destroyed = mine.destroy()
    deleted, resources = mine.calls.labels(), mine.state().get("resources", [])
    left = mine.world.clusters | mine.world.registries
    mine.calls.clear()
    mine.calls.when("Create Command test-kind", before=refuse)

    failed = mine.up()
    effects = mine.calls.labels("Create")
    mine.calls.clear()
    repaired = mine.up()

    assert destroyed.code == 0, destroyed.output
    assert deleted == ["Delete Command test-kind", "Delete Command test-registry"]
    assert resources == []
    assert left == {}
    assert failed.code != 0
    assert [label for label in effects if "Namespace" in label or "Deployment" in label] == []
    assert repaired.code == 0, repaired.output
    assert "Create Deployment polls-deployment" in mine.calls.labels()
