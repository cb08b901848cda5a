"""A tool for releases runs from a virtualenv of its own, in a folder of the project."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.cli.context import CliContext
from pocdeploy.cli.release_tools import run_tool
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


@pytest.mark.parametrize(("option", "code"), [("--ok", 0), ("--fail", 1)])
def test_a_tool_runs_in_its_folder_with_its_own_virtualenv(
    project: Project, machine: Machine, tools: Any, option: str, code: int
) -> None:
    cli = CliContext(folder=project.root, quiet=True, verbose=False)
    assert run_tool(cli, "uv", option, folder="policies") == code
    assert tools() == [["uv", str(project.root / "policies"), [option]]]
    assert machine.checks == ["requirements-release.txt"]
