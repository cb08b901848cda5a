"""Lines of docs/changing-settings.md on the real engine: a sample of what `tests/program/test_changing.py` plans.

The planner is a model of the engine, so the sample has all changes in which they could differ: each that replaces or
deletes a resource or builds an image, and the first one of each other kind of effect. Of the changes that pocdeploy
stops before the engine has a step, one of each kind is run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import pytest

from tests.changing import words
from tests.changing.observe import batches, rows_of
from tests.changing.outcomes import Outcome, Unit, expand, recorded
from tests.changing.rows import ENGINE_ALONE, Row
from tests.changing.stacks import ALL_APPS, APPS, CLUSTERS, HOLDER
from tests.engine import changing

NAMES = (*APPS[:1], HOLDER)
"""Applications of the deployed stacks; one is changed, and the other one shows what a change does to all."""
_SURE = ("-migrate", "-admin", "-smoke", "-db-verified", "-release")
"""Ends of names of resources that are replaced by most changes."""


def steps(units: Collection[Unit]) -> set[str]:
    """Return operation, kind and name of each step of a deployed application.

    Of a secret or a replaced command, the engine names no property.
    """
    found = {step for step, _ in units}
    return {step for step in found if not re.search(rf"\b({'|'.join({*ALL_APPS} - {*NAMES})})\b", step)}


def sampled(cluster: str) -> Iterator[tuple[Row, Outcome]]:
    """Yield the rows that are previewed, with their outcomes; changes of applications that Kind has, on Kind alone."""
    seen = set()
    for row in (row for row in rows_of(cluster) if cluster == row.on[0] or not row.is_app):
        outcome = recorded(cluster)[row.name]
        shown = [step for step in outcome.get("steps", ()) if not step.endswith(_SURE)]
        kind = words.effect(outcome) if "steps" in outcome else next(iter(outcome))
        is_modelled = any(step.startswith(("replace ", "delete ", "update Image")) for step in shown)
        if is_modelled or kind not in seen or (cluster, row.name) in ENGINE_ALONE:
            yield row, outcome
        seen.add(kind)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_engine_does_what_the_planner_says(tmp_path_factory: pytest.TempPathFactory, cluster: str) -> None:
    rows = dict(sampled(cluster))
    known = {row.name: outcome for row, outcome in rows.items()}
    running = [row for row, outcome in rows.items() if "steps" in outcome]
    with changing.deployed(tmp_path_factory.mktemp(cluster) / "bench", cluster, NAMES) as stack:
        for batch in batches(running, known, NAMES[:1]):
            found = stack.preview(batch)
            expected = set().union(*(expand(known[row.name], app, NAMES) for row, app in batch.items()))
            assert (found.refused, steps(found.units) ^ steps(expected)) == ("", set()), [row.name for row in batch]
        for row in rows.keys() - set(running):
            found = stack.preview({row: NAMES[0]})
            assert (bool(found.refused), found.units) == (True, set()), row.name
