"""The database gate: it runs when a database is created or changed, and its failure fails `up`."""

from __future__ import annotations

import shutil
from typing import Any

from tests.engine.bench import ROOT, Bench
from tests.engine.conftest import Deployed

UPGRADING = "polls-db: waiting for the operator, which reports: Upgrading cluster"


def tune(config: dict[str, Any]) -> None:
    config["pocdeploy:apps"] = {"polls": {"database": {"parameters": {"work_mem": "8MB"}}}}


def limit_gate(bench: Bench, seconds: float) -> None:
    """Give the project its own copy of the components, in which the gate has another time limit."""
    (bench.project / "components").unlink()
    shutil.copytree(ROOT / "components", bench.project / "components", ignore=shutil.ignore_patterns("__pycache__"))
    gate = bench.project / "components" / "backend" / "gate.py"
    text = gate.read_text("utf-8")
    assert "TIMEOUT = 540.0" in text
    gate.write_text(text.replace("TIMEOUT = 540.0", f"TIMEOUT = {seconds}"), "utf-8")


def records(bench: Bench) -> set[str]:
    """Return the recorded specifications of databases."""
    (cluster,) = bench.world.clusters.values()
    return {
        inputs["data"]["specification"]
        for (kind, _, _), inputs in cluster.objects.items()
        if kind == "ConfigMap" and "specification" in inputs.get("data", {})
    }


def test_creation_waits_until_all_instances_are_ready(deployed: Deployed) -> None:
    for phase in ("Setting up primary", "Creating a new replica"):
        assert f"polls-db: waiting for the operator, which reports: {phase}" in deployed.up.output
    assert len(records(deployed.bench)) == 1


def test_failed_gate_fails_up_and_runs_again(mine: Bench) -> None:
    before = records(mine)
    limit_gate(mine, 1.0)
    mine.configure(tune)
    mine.world.database_phases += ["Upgrading cluster"] * 1000
    failed = mine.up()
    left = records(mine)
    mine.world.database_phases[:] = ["Upgrading cluster"]
    # The Cluster itself has been updated by now: the record is what makes the next `up` check it.
    repeated = mine.up()

    assert failed.code != 0
    assert UPGRADING in failed.output
    assert "The database does not run as specified" in failed.output
    assert "polls: the database is not ready." in failed.output
    assert left == before
    assert repeated.code == 0, repeated.output
    assert UPGRADING in repeated.output
    assert "Cluster polls-db" not in str(repeated.steps())
    (record,) = records(mine)
    assert '"work_mem":"8MB"' in record
    assert record not in before
