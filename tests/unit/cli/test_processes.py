"""Commands on a stack of processes; tests/app runs them on a real one."""

from __future__ import annotations

import json
import os
from typing import Any

import psutil
import pytest

from pocdeploy.cli import processes
from pocdeploy.processes import report
from pocdeploy.processes.detached import Started
from pocdeploy.processes.state import AppState, StackFolder
from tests.unit.cli.fakepulumi import Project

VALUES = {"url": "http://localhost:8000", "adminPassword": "pw", "apps": {"polls": {"adminPassword": "pw"}}}


@pytest.fixture
def folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> StackFolder:
    """A stack whose one process is this one."""
    folder = StackFolder(project.root, "dev")
    process = Started(pid=os.getpid(), started=psutil.Process().create_time())
    app = AppState(release="x", port=8000, metrics_port=8001, process=process)
    folder.write(folder.begin(8000).model_copy(update={"apps": {"polls": app}}))
    monkeypatch.setattr(report, "outputs", lambda _: dict(VALUES))
    return folder


def end(folder: StackFolder) -> None:
    state = folder.read()
    assert state
    ended = state.apps["polls"].model_copy(update={"process": None})
    folder.write(state.model_copy(update={"apps": {"polls": ended}}))
    folder.log("polls").parent.mkdir()
    folder.log("polls").write_text("boom\n")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", sorted(processes.CLUSTER_ONLY - {"deploy", "restore", "use-image"}))
def test_commands_for_a_cluster_say_so(project: Project, command: str) -> None:
    result = project.run(command)
    assert result.exit_code == 2
    assert f"{command}: needs Kubernetes, and stack dev runs as processes" in result.stderr
    assert project.calls() == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["url"], "http://localhost:8000\n"),
        (["adminPassword"], "[secret]\n"),
        (["adminPassword", "--show-secrets"], "pw\n"),
        (["--json", "--show-secrets"], json.dumps(VALUES, indent=2) + "\n"),
        ([], "Outputs (2):\n    adminPassword  [secret]\n    url            http://localhost:8000\n"),
    ],
)
def test_outputs_are_those_of_pulumi(project: Project, options: list[str], shown: str) -> None:
    result = project.run("outputs", *options)
    assert (result.exit_code, result.stdout) == (0, shown)
    assert project.calls() == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("wrong", ["nothing", "--stack-name"])
def test_an_unknown_output_or_option_is_refused(project: Project, wrong: str) -> None:
    assert project.run("outputs", wrong).exit_code == 2


def test_an_ended_process_is_shown_by_outputs_and_stacks(project: Project, folder: StackFolder) -> None:
    end(folder)
    result = project.run("outputs", "url")
    assert (result.exit_code, result.stdout) == (1, "http://localhost:8000\n")
    assert "polls: ended" in result.stderr
    assert "boom" in result.stderr
    assert "processes, ended: polls" in project.run("stacks").stdout


def test_logs_are_those_of_an_application(project: Project, folder: StackFolder) -> None:
    end(folder)
    assert project.run("logs", "--no-follow", "--raw").stdout == "boom\n"
    assert project.run("logs", "--raw").stdout == "boom\n"
    assert project.run("logs", "--app", "other", "--no-follow").exit_code == 2


def test_down_needs_the_name_or_an_option_for_the_data(project: Project, folder: StackFolder) -> None:
    end(folder)
    folder.pgdata.mkdir()
    (folder.pgdata / "table").write_text("data")
    refused = project.run("down")
    assert refused.exit_code == 2
    assert "The stack was not destroyed; nothing was changed" in refused.stderr
    assert "the databases (0 MiB in " in refused.stderr
    assert "--keep-data keeps the databases" in refused.stderr
    assert project.run("down", "--keep-data").exit_code == 0
    assert (folder.pgdata / "table").is_file()
    assert project.run("down", "--yes-destroy").exit_code == 0
    assert not folder.path.exists()


def test_protected_data_is_not_deleted(project: Project, folder: StackFolder) -> None:
    end(folder)
    folder.pgdata.mkdir()
    cluster: dict[str, Any] = {"type": "processes", "protect": True}
    (project.root / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"pocdeploy:cluster": cluster}}))
    result = project.run("down", "--yes-destroy")
    assert result.exit_code == 2
    assert "The stack was not destroyed; nothing was changed" in result.stderr
    assert "pocdeploy:cluster.protect" in result.stderr
    assert folder.pgdata.is_dir()


def test_data_of_a_cluster_cannot_be_kept(project: Project) -> None:
    result = project.run("down", "--keep-data")
    assert result.exit_code == 2
    assert "--keep-data" in result.stderr
