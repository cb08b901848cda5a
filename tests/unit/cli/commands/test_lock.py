"""`lock` compiles each source of packages."""

from __future__ import annotations

from typing import Any

from pocdeploy.cli.commands.lock import SOURCES
from tests.unit.cli.fakepulumi import Project


def test_lock_compiles_each_source_in_its_folder(project: Project, tools: Any) -> None:
    assert project.run("lock", "--upgrade").exit_code == 0
    compiled = [f"{folder}/{arguments[-1]}" for _, folder, arguments in tools()]
    assert compiled == [f"{project.root}/{source}.in" for source in SOURCES]
    assert all("--upgrade" in arguments and "--generate-hashes" in arguments for _, _, arguments in tools())


def test_lock_ends_at_the_first_failure(project: Project, tools: Any) -> None:
    assert project.run("lock", "--fail").exit_code == 1
    assert len(tools()) == 1
