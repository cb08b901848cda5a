"""Changes of a database that exists: what happens to it, and what is refused before anything is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pocdeploy import versions
from tests.engine import bench
from tests.engine.bench import ROOT, Bench, Run
from tests.settingsdata import PARAMETERS

REFUSED = "These changes are not possible on the deployed stack; nothing was changed"
COPY = {"backup": "nightly", "mask": "docs/stacks/mask-polls.sql"}


def change(stack: Bench, **database: Any) -> None:
    """Set keys of the database of polls."""

    def into(config: dict[str, Any]) -> None:
        polls = config.setdefault("pocdeploy:apps", {}).setdefault("polls", {})
        polls["database"] = {**polls.get("database", {}), **database}

    stack.configure(into)


def cluster_of(stack: Bench) -> dict[str, Any]:
    """Return the spec of the one database."""
    (found,) = (
        inputs["spec"]
        for cluster in stack.world.all_clusters()
        for (kind, _, _), inputs in cluster.objects.items()
        if kind == "Cluster"
    )
    return dict(found)


def steps_of(run: Run, *kinds: str) -> list[str]:
    """Return the steps for these kinds of resources."""
    found = [f"{op} {label}" for op, labels in run.steps().items() for label in labels]
    return sorted(step for step in found if step.split(" ")[1] in kinds)


def refuses(stack: Bench, *texts: str) -> None:
    """Assert that preview and up refuse the settings, with these texts, and change nothing."""
    stack.calls.clear()
    for run in (stack.preview(), stack.up()):
        assert run.code != 0
        for text in (REFUSED, *texts):
            assert text in run.output
    assert stack.calls.effects() == []


def test_parameters_of_all_types_reach_the_database(mine: Bench) -> None:
    change(mine, parameters=PARAMETERS)
    run = mine.up()

    assert run.code == 0, run.output
    assert PARAMETERS.items() <= cluster_of(mine)["postgresql"]["parameters"].items()


def test_all_impossible_changes_are_refused_at_once(mine: Bench) -> None:
    change(mine, recovery=COPY, storage="2Gi", version=17, locale="de-DE")

    refuses(
        mine,
        "(4 problems)",
        "pocdeploy:apps.polls.database.recovery: a database begins as a copy only when it is created",
        "pocdeploy:apps.polls.database.storage: the StorageClass of this volume does not allow it to grow",
        "pocdeploy:apps.polls.database.version: PostgreSQL cannot read the files of a newer major version",
        "pocdeploy:apps.polls.database.locale: the locale of a database cannot change",
    )


@pytest.fixture
def copied(benches: Any) -> Bench:
    """Deploy a stack whose database is a masked copy."""
    stack: Bench = benches(ROOT / "docs" / "stacks" / "masked-copy.yaml", "masked-copy")
    run = stack.up()
    assert run.code == 0, run.output
    return stack


def test_mask_never_runs_on_live_data(copied: Bench, tmp_path: Path) -> None:
    text = tmp_path / "other.sql"
    text.write_text("UPDATE polls_question SET question_text = 'x';", "utf-8")
    recovery = {"backup": "polls-db-nightly", "mask": str(text)}
    change(copied, recovery=recovery, image="registry.example.com/postgresql:18.7")
    run = copied.up()

    assert run.code == 0, run.output
    assert cluster_of(copied)["imageName"] == "registry.example.com/postgresql:18.7"
    assert [step for step in steps_of(run, "Job") if "mask" in step] == []
    assert any("polls-migrate" in step for step in steps_of(run, "Job"))


def test_clients_of_a_copy_wait_for_its_mask(copied: Bench) -> None:
    urns = {bench.label(it): it["urn"] for it in copied.state()["resources"]}
    waiting = {
        bench.label(it) for it in copied.state()["resources"] if urns["Job polls-db-mask"] in it.get("dependencies", [])
    }

    assert {"Job polls-migrate", "Deployment polls-deployment"} <= waiting


def test_failed_mask_runs_again_with_the_new_text(copied: Bench, tmp_path: Path) -> None:
    """Only a Job that has succeeded is kept: the state of a failed one has no success."""
    text = tmp_path / "other.sql"
    text.write_text("SELECT 1;", "utf-8")
    state = copied.state_file.read_text("utf-8")
    assert state.count('"succeeded":1') + state.count('"succeeded": 1') >= 1
    copied.state_file.write_text(state.replace('"succeeded": 1', '"failed": 1').replace('"succeeded":1', '"failed":1'))
    change(copied, recovery={"backup": "polls-db-nightly", "mask": str(text)})
    run = copied.preview()

    assert run.code == 0, run.output
    assert "replace Job polls-db-mask" in steps_of(run, "Job")


def test_storage_grows_where_the_class_can(benches: Any) -> None:
    stack: Bench = benches(ROOT / "docs" / "stacks" / "k3d.yaml", "k3d")
    assert stack.up().code == 0
    (cluster,) = stack.world.all_clusters()
    change(stack, storage="2Gi")
    refuses(stack, "the StorageClass of this volume does not allow it to grow")
    for found in cluster.given:
        if found["kind"] == "StorageClass":
            found["allowVolumeExpansion"] = True
    stack.world.database_phases += ["Waiting for the volumes"]
    run = stack.up()

    assert run.code == 0, run.output
    assert cluster_of(stack)["storage"]["size"] == "2Gi"
    assert cluster_of(stack)["postgresql"]["parameters"]["max_wal_size"] == "256MB"
    assert "polls-db: waiting for the operator, which reports: Waiting for the volumes" in run.output


def test_default_image_follows_the_parameters(mine: Bench) -> None:
    """The operator refuses both in one step. Migrations run again, on the primary with the new image."""
    older, image = "ghcr.io/cloudnative-pg/postgresql:18-minimal-trixie", versions.POSTGRESQL_IMAGES[18]
    change(mine, image=older)
    assert mine.up().code == 0
    change(mine, image=None, parameters={"work_mem": "8MB"})
    first, between = mine.up(), cluster_of(mine)
    mine.calls.clear()
    second, after = mine.up(), cluster_of(mine)
    labels = [call.label for call in mine.calls.effects()]

    assert (first.code, second.code) == (0, 0), first.output + second.output
    assert f"the next `up` deploys its image {image}" in first.output
    assert between["imageName"] == older
    assert after == {**between, "imageName": image}
    assert labels.index("Create ConfigMap polls-db-verified") < labels.index("Create Job polls-migrate")
