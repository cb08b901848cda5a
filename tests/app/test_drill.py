"""The drill's markers and comparison on a real PostgreSQL, in the Python of an application, which has a driver."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from components.backend.backups import scripts
from tests.app.test_database_scripts import libpq
from tests.paths import ROOT

Run = Callable[[str], str]
"""Runs a program after STEPS, and returns the last line that it wrote."""
PREPARE = """
import sys
import psycopg  # the newer one of the driver in the image
sys.modules["psycopg2"] = psycopg
__name__ = "drill"
"""
STEPS = """
live = connect()
ask(live, "DROP SCHEMA IF EXISTS pocdeploy_drill CASCADE")
ask(live, "CREATE TABLE IF NOT EXISTS drilled AS SELECT n FROM generate_series(1, 100) n")
ask(live, "CREATE TABLE IF NOT EXISTS busy (n int)")
before = fingerprints(live)
first, moment = mark(live)
second, _ = mark(live)
after = dict(fingerprints(live), **{"public.busy": (7, "0")})
assert moment.endswith("Z"), moment
assert segment(live) and len(segment(live)) == 24
"""


@pytest.fixture
def run(app_python: Path, database: dict[str, str]) -> Run:
    def run(code: str) -> str:
        program = f"{PREPARE}{scripts.DRILL.replace('from __future__ import annotations', '')}{STEPS}{code}"
        command = [app_python, "-c", program]
        done = subprocess.run(command, env=libpq(database), capture_output=True, text=True, check=False, timeout=120)
        return (done.stdout + done.stderr).strip().splitlines()[-1]

    return run


def test_a_good_restore_passes_without_changed_tables(run: Run) -> None:
    # What the restored database would have: the first marker alone.
    said = run("ask(live, f\"DELETE FROM {SCHEMA}.marker WHERE id = '{second}'\")\n"
               "tables = compare(live, first, second, before, after)\n"
               "print(tables == len(before) - 1, 'public.busy' in before)")  # fmt: skip
    assert said == "True True"


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("", "DrillError: what was committed after the moment is there"),
        ("ask(live, f'DELETE FROM {SCHEMA}.marker')", "DrillError: what was committed before the moment is not there"),
        (
            "ask(live, f\"DELETE FROM {SCHEMA}.marker WHERE id = '{second}'\"); ask(live, 'UPDATE drilled SET n = 0')",
            "DrillError: other contents than at the moment: public.drilled",
        ),
    ],
)
def test_a_wrong_restore_is_found(run: Run, damage: str, found: str) -> None:
    assert run(f"{damage}\ncompare(live, first, second, before, after)").endswith(found)


def test_an_archive_that_stands_still_is_found(run: Run) -> None:
    said = run("archived(live, 'F' * 24, timeout=0)")
    assert said.endswith("was not archived within 0 s, the last one was none")


def test_a_good_drill_is_measured_for_the_exporter(run: Run) -> None:
    statement = yaml.safe_load((ROOT / "components/backend/statements.yaml").read_text("utf-8"))["pocdeploy_drill"]
    said = run(
        "for restored in (70, 72):\n"
        "    record(live, {'archivedAfterSeconds': 3, 'restoredAfterSeconds': restored, 'tables': 12})\n"
        f"found = ask(live, {statement['predicate_query']!r}) + ask(live, {statement['query']!r})\n"
        "readable = ask(live, \"SELECT has_table_privilege('pg_monitor', 'pocdeploy_drill.result', 'SELECT')\")\n"
        "print(found[0][0], found[1][1:], readable[0][0])"
    )
    assert said == "True (3, 72, 12) True"
    named = [name for it in statement["metrics"] for name in it]
    assert named == ["last_success_timestamp_seconds", "archived_seconds", "restored_seconds", "tables"]
