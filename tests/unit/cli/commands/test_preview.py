"""`preview` prepares the machine, and starts and changes nothing."""

from __future__ import annotations

from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


def test_unknown_options_go_to_pulumi(project: Project, machine: Machine) -> None:
    result = project.run("preview", "--diff", "--target", "urn:x", "-f")
    assert result.exit_code == 0, result.output
    assert machine.checks == ["doctor", "docker", "tools", "requirements.txt", "deleted clusters"]
    assert project.calls() == [
        ["stack", "select", "--create", "--stack", "dev"],
        ["preview", "--stack", "dev", "--diff", "--target", "urn:x", "-f"],
        # The stack was new, and `preview` creates nothing.
        ["stack", "rm", "--yes", "--preserve-config", "--stack", "dev"],
    ]
