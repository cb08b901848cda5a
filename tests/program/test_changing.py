"""docs/changing-settings.md: each change does in the planner what was recorded, and nothing else.

The planner (`planner.py`) models the engine; `tests/engine/test_changing.py` compares a sample with the real one. After
an intended change: `python -m tests.program.changing [CLUSTER ...] [--only TEXT]`, then `make golden`.
"""

from __future__ import annotations

import pytest

from tests.changing.observe import observed, rows_of
from tests.changing.outcomes import recorded
from tests.changing.rows import ENGINE_ALONE
from tests.changing.stacks import CLUSTERS
from tests.program import changing


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_changes_do_what_was_recorded(tmp_path_factory: pytest.TempPathFactory, cluster: str) -> None:
    stack, known = changing.deployed(tmp_path_factory.mktemp(cluster), cluster), recorded(cluster)
    rows = [row for row in rows_of(cluster) if (cluster, row.name) not in ENGINE_ALONE]
    found = observed(stack, rows, known)

    assert {name: it for name, it in found.items() if it != known[name]} == {}
