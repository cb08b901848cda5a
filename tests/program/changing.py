"""The stacks of tests/changing in the planner: what each change does, and the command that records it.

``python -m tests.program.changing [CLUSTER ...] [--only TEXT]`` records the outcomes that differ, each from a plan of
its own; then ``make golden`` writes the document.
"""

from __future__ import annotations

import argparse
import copy
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pocdeploy.stacks.deployed import Deployed
from tests import fakecluster
from tests.changing import stacks
from tests.changing.observe import Preview, after, observed, rows_of, units
from tests.changing.outcomes import recorded, write
from tests.changing.rows import ENGINE_ALONE, Row
from tests.changing.stacks import CLUSTERS, EXISTING
from tests.program.planner import Plan, Planner


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed stack."""

    planner: Planner
    config: stacks.Config
    state: Deployed
    root: Path

    def preview(self, batch: Mapping[Row, str]) -> Preview:
        plan = _plan(self.planner, after(self, batch))
        return Preview(units=units((step.op, step.name, step.paths) for step in plan.steps), refused=plan.refused)


def deployed(folder: Path, cluster: str) -> Stack:
    """Deploy the stack of a type of cluster, with everything that the changes name."""
    stacks.add_sources(folder)
    planner, config = Planner(folder, stack=cluster), stacks.config(cluster)
    for path, value in stacks.SECRETS.items():
        if cluster == EXISTING or "registry" not in path:
            stacks.put(config, path.removeprefix("pocdeploy:"), {"secure": value})
    plan = _plan(planner, config)
    assert plan.refused == "", plan.refused
    planner.state = plan.state
    return Stack(planner=planner, config=config, state=planner.deployed, root=folder)


def _plan(planner: Planner, config: stacks.Config) -> Plan:
    config = copy.deepcopy(config)
    planner.secrets = _opened(config.pop("secrets", None))
    config.pop("registryPassword", None)
    with patch.object(fakecluster, "storage_class", _expandable):
        return planner.plan(config)


def _opened(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return value["secure"] if "secure" in value else {key: _opened(inner) for key, inner in value.items()}


_storage_class = fakecluster.storage_class


def _expandable(name: str, *, default: bool) -> dict[str, Any]:
    """Return a StorageClass as on GKE."""
    return {**_storage_class(name, default=default), "allowVolumeExpansion": True}


def main() -> None:
    """Record what has other outcomes than before, and name it."""
    parser = argparse.ArgumentParser(prog="python -m tests.program.changing")
    parser.add_argument("clusters", nargs="*", default=list(CLUSTERS))
    parser.add_argument("--only", default="", help="part of the names of the rows")
    given = parser.parse_args()
    for cluster in given.clusters:
        known = recorded(cluster)
        rows = [row for row in rows_of(cluster) if (cluster, row.name) not in ENGINE_ALONE]
        with tempfile.TemporaryDirectory() as folder:
            found = observed(deployed(Path(folder), cluster), [row for row in rows if given.only in row.name], known)
        write(cluster, {row.name: it for row in rows_of(cluster) if (it := found.get(row.name, known.get(row.name)))})
        for name in found:
            if found[name] != known.get(name):
                sys.stdout.write(f"{cluster}: {name}\n")


if __name__ == "__main__":
    main()
