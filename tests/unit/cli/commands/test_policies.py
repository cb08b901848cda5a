"""`policies` installs the policy pack."""

from __future__ import annotations

from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


def test_policies_have_a_virtualenv_of_their_own(project: Project, machine: Machine) -> None:
    assert project.run("policies").exit_code == 0
    assert machine.checks == ["policies/requirements.txt"]
