"""`down` destroys a stack and removes it."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


def test_down_destroys_and_removes_the_stack(project: Project, machine: Machine) -> None:
    assert project.run("down", "--refresh").exit_code == 0
    assert machine.checks == ["docker", "tools"]
    assert project.calls() == [
        ["stack", "select", "--stack", "dev"],
        ["destroy", "--stack", "dev", "--json", "--skip-preview", "--yes", "--refresh"],
        ["stack", "rm", "--yes", "--preserve-config", "--remove-backups", "--stack", "dev"],
    ]


@pytest.mark.usefixtures("machine")
def test_down_without_a_stack_has_nothing_to_do(project: Project) -> None:
    project.answer("stack select", code=6)
    result = project.run("down")
    assert result.exit_code == 0
    assert "nothing to do" in result.stderr
    assert len(project.calls()) == 1
    assert project.run("down", "--json").stdout == "{}\n"


@pytest.mark.usefixtures("machine")
def test_a_failed_destroy_keeps_the_stack(project: Project) -> None:
    project.answer("destroy --stack", code=255)
    assert project.run("down").exit_code == 255
    assert len(project.calls()) == 2
