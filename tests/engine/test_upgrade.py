"""A stack of an earlier commit under the current program, which only deletes its Job ``<app>-db-ready``.

See ``states.py``. It also shows that another token for the registry of AWS in each run is no change.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine import bench, states
from tests.engine.bench import Run


def outputs(run: Run) -> dict[str, Any]:
    """Return the stack's outputs before and after a run, without the values of secrets."""
    steps = [event["resOutputsEvent"]["metadata"] for event in run.events if "resOutputsEvent" in event]
    last = [step for step in steps if step["type"] == "pulumi:pulumi:Stack"][-1]
    return {side: last[side]["outputs"] for side in ("old", "new")}


REMOVED = {"delete": ["Job polls-db-ready"]}
"""The Job that asked PostgreSQL for its parameters (docs/adr/0004)."""
REMOVED_OF = dict.fromkeys(states.SOURCES, REMOVED) | {
    "both": {"delete": ["Job attendance-db-ready", "Job polls-db-ready"]},
}


@pytest.mark.parametrize("name", states.SOURCES)
def test_upgrade_of_earlier_state_only_deletes_ready_jobs(name: str, tmp_path: Path) -> None:
    stack, commit = states.load(name, tmp_path / "bench")
    with bench.attached(stack):
        run = stack.preview("--diff")

    assert run.code == 0, f"deployed by {commit}:\n{run.output}"
    assert run.steps() == REMOVED_OF[name]
    assert outputs(run)["new"] == outputs(run)["old"] != {}
    assert stack.calls.effects() == []
