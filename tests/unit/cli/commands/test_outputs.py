"""`outputs` asks Pulumi alone."""

from __future__ import annotations

from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


def test_outputs_need_no_docker(project: Project, machine: Machine) -> None:
    assert project.run("outputs", "--show-secrets", "--json").exit_code == 0
    assert machine.checks == ["tools"]
    assert project.calls() == [["stack", "output", "--stack", "dev", "--show-secrets", "--json"]]
