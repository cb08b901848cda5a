"""What a stack of processes reports; tests/app looks at one that runs."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from pocdeploy.errors import ExitCode
from pocdeploy.processes import report
from pocdeploy.processes.detached import Started
from pocdeploy.processes.state import AppState, StackFolder
from pocdeploy.stacks.pulumi import NoStackError

DEAD = Started(pid=os.getpid(), started=1.0)
ALIVE = Started(pid=os.getpid(), started=psutil.Process().create_time())


def folder_with(root: Path, **processes: Started) -> StackFolder:
    folder = StackFolder(root, "dev")
    apps = {
        name: AppState(release="x", port=8000 + number, metrics_port=9000, process=process)
        for number, (name, process) in enumerate(processes.items())
    }
    folder.write(folder.begin(8000).model_copy(update={"apps": apps}))
    return folder


def test_a_stack_that_was_never_started_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(NoStackError) as caught:
        report.deployed(StackFolder(tmp_path, "dev"))
    assert caught.value.findings[0].fix == "make up STACK=dev"
    assert caught.value.exit_code == ExitCode.NO_STACK


def test_each_process_that_ended_is_a_problem(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, shop=DEAD, mail=ALIVE)
    folder.log("shop").parent.mkdir()
    folder.log("shop").write_text("boom\n")
    (problem,) = report.problems(folder)
    assert (problem.where, problem.actual) == ("shop", "boom")
    assert (report.exit_code([problem]), report.exit_code([])) == (1, 0)


def test_a_database_without_a_server_is_a_problem(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, shop=ALIVE)
    folder.pgdata.mkdir()
    assert [problem.where for problem in report.problems(folder)] == ["PostgreSQL"]


def test_the_list_has_state_address_age_and_memory(tmp_path: Path) -> None:
    folder_with(tmp_path, shop=ALIVE)
    now = datetime.now(UTC) + timedelta(hours=3)
    (found,) = report.listed(tmp_path, now=now)
    assert (found.name, found.state, found.url) == ("dev", "processes", "http://localhost:8000")
    assert found.age
    assert found.age >= timedelta(hours=3)
    assert found.memory is not None
    folder_with(tmp_path, shop=DEAD)
    assert next(report.listed(tmp_path)).state == "processes, ended: shop"


def test_kept_data_and_damaged_states_are_in_the_list(tmp_path: Path) -> None:
    StackFolder(tmp_path, "kept").pgdata.mkdir(parents=True)
    folder_with(tmp_path)
    (tmp_path / ".pocdeploy" / "processes" / "dev" / "state.json").write_text("{")
    assert [(found.name, found.state[:12]) for found in report.listed(tmp_path)] == [
        ("dev", "not readable"),
        ("kept", "not deployed"),
    ]
