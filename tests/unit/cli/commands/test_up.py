"""`up` prepares the machine, then runs Pulumi, and ends with its exit code."""

from __future__ import annotations

import pytest

from pocdeploy.errors import Finding
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

PREPARED = ["docker", "tools", "requirements.txt"]


def test_unknown_options_go_to_pulumi(project: Project, machine: Machine) -> None:
    result = project.run("up", "--diff", "--target", "urn:x", "-f")
    assert result.exit_code == 0, result.output
    assert machine.checks == ["doctor", *PREPARED, "deleted clusters", "restart"]
    assert project.calls() == [
        ["stack", "select", "--create", "--stack", "dev"],
        ["up", "--stack", "dev", "--yes", "--skip-preview", "--diff", "--target", "urn:x", "-f"],
    ]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_stack_can_be_chosen(project: Project, how: str) -> None:
    if how == "option":
        project.run("up", "--stack", "org/other")
    else:
        project.run("up", env={"STACK": "org/other"})
    assert [call[-1] for call in project.calls()[:1]] == ["org/other"]
    assert project.calls()[1] == ["up", "--stack", "org/other", "--json", "--yes", "--skip-preview"]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("command", "code", "calls"), [("up --stack", 255, 2), ("stack select", 7, 1)])
def test_the_exit_code_is_that_of_pulumi(project: Project, command: str, code: int, calls: int) -> None:
    project.answer(command, code=code)
    assert project.run("up").exit_code == code
    assert len(project.calls()) == calls


def test_all_findings_are_one_message_before_pulumi_starts(project: Project, machine: Machine) -> None:
    machine.findings = {
        "docker": Finding(where="docker", what="is not installed", fix="apt-get [bold]x"),
        "tools": Finding(where="kind", what="is missing"),
    }
    result = project.run("up")
    assert result.exit_code == 2
    assert "(2 problems)" in result.stderr
    assert "docker: is not installed" in result.stderr
    assert "apt-get [bold]x" in result.stderr
    assert "kind: is missing" in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert project.calls() == []


def test_yes_is_for_docker(project: Project, machine: Machine) -> None:
    project.run("up", "--yes")
    assert machine.checks[:4] == ["doctor", "docker yes", *PREPARED[1:]]
    assert project.calls()[1] == ["up", "--stack", "dev", "--json", "--yes", "--skip-preview"]


@pytest.mark.usefixtures("machine")
def test_verbose_shows_pulumis_commands(project: Project) -> None:
    assert "$ pulumi up --stack dev --yes" in project.run("-v", "up").stderr
    assert project.run("up").stderr == ""
    project.run("-q", "up")
    assert project.calls()[-1] == ["up", "--stack", "dev", "--json", "--yes", "--skip-preview"]
