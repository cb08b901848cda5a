"""docs/changing-settings.md: every key has a row, every row an outcome, and the page says it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.changing import document, outcomes, words
from tests.changing.keys import all_keys
from tests.changing.outcomes import recorded
from tests.changing.processes import Processes, running
from tests.changing.rows import ELSEWHERE, ROWS, Row
from tests.changing.stacks import ALL_APPS, CLUSTERS, PROCESSES
from tests.paths import ROOT

RESTARTS = "the database restarts, one instance after the other"
ON_PROCESSES = [row for row in ROWS if row.is_app or PROCESSES in row.on]
CELLS = [(cluster, row) for cluster in CLUSTERS for row in ROWS if cluster in row.on]


def test_every_key_of_the_settings_has_a_row() -> None:
    """A new key needs a row in tests/changing/rows.py: what its change does to a running stack."""
    described = {row.key for row in ROWS} | {it.key for it in ELSEWHERE}
    assert [key for key, _ in all_keys() if key not in described] == []
    assert described <= {key for key, _ in all_keys()}


def test_rows_have_different_names() -> None:
    names = [row.name for row in ROWS]
    assert sorted(set(names)) == sorted(names)


def test_every_row_has_a_recorded_outcome_and_no_other() -> None:
    """The command is `python -m tests.program.changing`, with `--only` for a few rows."""
    wanted = {cluster: {row.name for each, row in CELLS if each == cluster} for cluster in CLUSTERS}
    assert {cluster: set(recorded(cluster)) for cluster in CLUSTERS} == wanted


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_outcome_deletes_data_unasked(cluster: str) -> None:
    assert {name: words.lossy(it) for name, it in recorded(cluster).items() if words.lossy(it)} == {}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_setting_without_a_step_says_why(cluster: str) -> None:
    """Otherwise it has no effect, which a setting must not."""
    silent = [row.name for each, row in CELLS if each == cluster and recorded(each)[row.name] == {"steps": {}}]
    assert [row.name for row in ROWS if row.name in silent and not row.note] == []


@pytest.mark.parametrize("it", [it for it in ELSEWHERE if it.test], ids=lambda it: it.key)
def test_what_another_test_shows_is_there(it: object) -> None:
    file, _, function = str(it.test).partition("::")  # type: ignore[attr-defined]
    assert f"def {function}(" in (ROOT / file).read_text("utf-8")


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with running(tmp_path_factory.mktemp("processes")) as found:
        yield found


@pytest.mark.parametrize("row", ON_PROCESSES, ids=lambda row: row.name)
def test_golden_outcome_as_processes(processes: Processes, row: Row) -> None:
    outcome = processes.change(row)
    if os.environ.get("UPDATE_GOLDEN"):
        known = {**recorded(PROCESSES), row.name: outcome}
        outcomes.write(PROCESSES, {it.name: known[it.name] for it in ON_PROCESSES if it.name in known})

    assert outcome == recorded(PROCESSES)[row.name]


def test_processes_have_no_other_outcomes() -> None:
    assert set(recorded(PROCESSES)) == {row.name for row in ON_PROCESSES}


def test_golden_page_says_what_was_recorded() -> None:
    text = document.render()
    if os.environ.get("UPDATE_GOLDEN"):
        document.FILE.write_text(text, "utf-8")
    assert document.FILE.is_file(), "no page: run `make golden` and look at it"
    assert text == document.FILE.read_text("utf-8"), "run `make golden` and look at the difference"


def test_a_row_with_lost_data_is_seen() -> None:
    """The check above can fail."""
    assert words.lossy({"steps": {"replace Cluster <name>-db": ["metadata.name"]}}) == ["replace Cluster <name>-db"]


def test_steps_of_all_applications_are_written_as_one() -> None:
    each = {(f"update Deployment {app}-deployment", "spec.template") for app in ALL_APPS}
    one = {("update Image app1-image", "build.args")}

    assert outcomes.general(each, "") == {"update Deployment <each>-deployment": ["spec.template"]}
    assert outcomes.general(one, "app1") == {"update Image <name>-image": ["build.args"]}
    for units, app in ((each, ""), (one, "app1")):
        assert outcomes.expand({"steps": outcomes.general(units, app)}, app) == units


@pytest.mark.parametrize(
    ("step", "path", "expected"),
    [
        ("update Cluster <name>-db", "spec.postgresql.parameters.work_mem", "in place"),
        ("update Cluster <name>-db", "spec.postgresql.parameters.max_connections", RESTARTS),
        ("update Cluster <name>-db", 'spec.postgresql.parameters["pg_stat_statements.max"]', RESTARTS),
        ("update Deployment <name>-deployment", "metadata.labels", "in place"),
        ("update Deployment <name>-deployment", "spec.template.spec", "pods roll"),
        ("delete Release metrics-server", "", "`metrics-server` is removed"),
    ],
)
def test_words_of_a_step(step: str, path: str, expected: str) -> None:
    assert words.effect({"steps": {step: [path]}}) == expected
