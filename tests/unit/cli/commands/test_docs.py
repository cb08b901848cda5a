"""`docs` builds the site; a warning is a failure."""

from __future__ import annotations

from typing import Any

from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


def test_docs_builds_strictly_in_its_own_virtualenv(project: Project, machine: Machine, tools: Any) -> None:
    assert project.run("docs", "--fail").exit_code == 1
    assert tools() == [["mkdocs", str(project.root), ["build", "--strict", "--fail"]]]
    assert machine.checks == ["requirements-docs.txt"]
