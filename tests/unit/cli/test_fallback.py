"""Whether a stack runs as processes because no cluster is possible."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.cli import processes
from pocdeploy.errors import Finding
from pocdeploy.preflight import checks as preflight
from pocdeploy.processes.state import StackFolder
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

NO_DOCKER = Finding(where="docker", what="is not installed")
NO_IMAGE = Finding(where="pocdeploy:cluster.nodeImage", what="not reachable")


@pytest.fixture
def reasons(project: Project, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Reasons with which the stack was started as processes."""
    found: list[str] = []
    monkeypatch.setattr(processes, "up", lambda *_, reason: found.append(reason) or 0)
    monkeypatch.setattr(preflight, "missing_images", lambda *_: [])
    (project.root / "app" / "polls").mkdir(parents=True)
    (project.root / "app" / "polls" / "Dockerfile").touch()
    write(project, type="kind", fallback="processes")
    return found


def write(project: Project, **cluster: Any) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"pocdeploy:cluster": cluster}}))


def test_without_an_engine_the_stack_falls_back(project: Project, machine: Machine, reasons: list[str]) -> None:
    machine.findings["docker"] = NO_DOCKER
    assert project.run("up").exit_code == 0
    assert reasons == ["no container engine answers (docker: is not installed)"]
    assert machine.checks == ["docker"]
    assert project.calls() == []


def test_without_images_the_stack_falls_back(
    project: Project, reasons: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "missing_images", lambda *_: [NO_IMAGE, NO_IMAGE])
    assert project.run("up").exit_code == 0
    assert reasons == ["no image can be had (pocdeploy:cluster.nodeImage: not reachable, and 1 more)"]


def test_with_engine_and_images_it_is_deployed_by_pulumi(project: Project, reasons: list[str]) -> None:
    assert project.run("up").exit_code == 0
    assert reasons == []
    assert project.calls()[-1][0] == "up"


@pytest.mark.parametrize("how", ["no key", "pulumi has it", "pull request"])
def test_other_stacks_stop(project: Project, machine: Machine, reasons: list[str], how: str) -> None:
    machine.findings["docker"] = NO_DOCKER
    if how == "no key":
        write(project, type="kind")
    if how == "pulumi has it":
        state = project.root / ".pocdeploy" / "state" / ".pulumi" / "stacks" / "pocdeploy" / "dev.json"
        state.parent.mkdir(parents=True)
        state.write_text("{}")
        (project.root / ".pocdeploy" / "passphrase").write_text("x")
    project.answer("stack output", code=255)
    result = project.run("env-up" if how == "pull request" else "up")
    assert result.exit_code == 2
    assert "docker: is not installed" in result.stderr
    assert reasons == []


def test_the_type_asks_for_processes_without_a_check(project: Project, machine: Machine, reasons: list[str]) -> None:
    write(project, type="processes")
    assert project.run("up").exit_code == 0
    assert reasons == ["its type is processes"]
    assert machine.checks == []


def test_a_stack_that_fell_back_stays_until_down(project: Project, machine: Machine, reasons: list[str]) -> None:
    StackFolder(project.root, "dev").begin(8000)
    assert project.run("up").exit_code == 0
    assert reasons == ["it fell back to processes earlier, and stays so until make down"]
    assert machine.checks == []


@pytest.mark.usefixtures("reasons")
def test_another_type_needs_down_first(project: Project) -> None:
    StackFolder(project.root, "dev").begin(8000)
    write(project, type="kind")
    result = project.run("up")
    assert result.exit_code == 2
    assert "make down STACK=dev" in result.stderr
