"""Only `up` creates a stack; all other commands refuse a name that no stack has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

REFUSED = ["preview", "outputs", "logs", "explain", "validate", "targets", "resume", "pause", "wake", "seed", "drift"]


def files(root: Path) -> set[Path]:
    return {path.relative_to(root) for path in root.rglob("*")}


@pytest.mark.parametrize("command", [*REFUSED, "use-image", "preview-json", "set"])
def test_an_unknown_stack_ends_with_6_and_creates_nothing(project: Project, machine: Machine, command: str) -> None:
    before = files(project.root)
    result = project.run(command, "--stack", "devv")

    assert result.exit_code == 6, result.output
    assert "stack devv: there is no such stack" in result.stderr
    assert "expected: one of dev" in result.stderr
    assert ("make stacks" if command in {"use-image", "set"} else f"make {command} STACK=dev") in result.stderr
    assert (files(project.root), project.calls(), machine.checks) == (before, [], [])


def test_without_any_stack_the_first_one_is_offered(project: Project) -> None:
    (project.root / "Pulumi.dev.yaml").unlink()
    result = project.run("resume", "--stack", "dev")

    assert (result.exit_code, "make up STACK=dev" in result.stderr) == (6, True)


def test_a_stack_without_a_file_but_with_a_state_is_known(project: Project) -> None:
    state = project.root / ".pocdeploy" / "state" / ".pulumi" / "stacks" / "pocdeploy" / "old.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")

    known = {"PULUMI_CONFIG_PASSPHRASE": "x"}
    assert project.run("outputs", "--stack", "old", env=known).exit_code == 0
    assert "one of dev, old" in project.run("outputs", "--stack", "olt").stderr


def test_a_state_elsewhere_is_left_to_pulumi(project: Project) -> None:
    project.answer("stack output", code=6)

    result = project.run("outputs", "--stack", "devv", env={"PULUMI_BACKEND_URL": "s3://states"})
    assert (result.exit_code, "no such stack; nothing was written" in result.stderr) == (6, False)


def test_down_of_an_unknown_stack_has_nothing_to_do(project: Project, machine: Machine) -> None:
    project.answer("stack select", code=6)

    assert project.run("down", "--stack", "devv").exit_code == 0


def test_up_refuses_an_unknown_template(project: Project, machine: Machine) -> None:
    before = files(project.root)
    result = project.run("up", "--stack", "alice", env={"TEMPLATE": "bth"})

    assert result.exit_code == 2
    assert "TEMPLATE: there is no such stack" in result.stderr
    assert "make up STACK=alice TEMPLATE=dev" in result.stderr
    assert files(project.root) == before
