"""`registry-login` hands the password to Docker's standard input."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.fakepulumi import Project

DOCKER = """#!/bin/sh
echo "$@" > "$(dirname "$0")/arguments"
cat > "$(dirname "$0")/input"
exit {code}
"""
LOGIN = {"REGISTRY": "registry.example.com", "REGISTRY_USER": "robot", "REGISTRY_PASSWORD": "canary $x"}


def login(project: Project, folder: Path, *, code: int = 0, **changed: str) -> Any:
    (folder / "docker").write_text(DOCKER.format(code=code))
    (folder / "docker").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return project.run("registry-login", env={**LOGIN, "PATH": path, **changed})


@pytest.mark.parametrize("code", [0, 1])
def test_the_password_is_on_no_command_line(project: Project, tmp_path: Path, code: int) -> None:
    done = login(project, tmp_path, code=code)

    assert done.exit_code == code
    assert (tmp_path / "arguments").read_text() == "login registry.example.com --username robot --password-stdin\n"
    assert (tmp_path / "input").read_text() == "canary $x\n"
    assert "canary" not in done.output


@pytest.mark.parametrize("missing", LOGIN)
def test_a_missing_part_is_named(project: Project, tmp_path: Path, missing: str) -> None:
    done = login(project, tmp_path, **{missing: ""})

    assert done.exit_code == 2
    assert f"{missing}: environment variable is not set" in done.stderr
    assert not (tmp_path / "arguments").exists()


def test_without_docker_it_is_an_error(project: Project, tmp_path: Path) -> None:
    done = login(project, tmp_path, PATH=str(tmp_path / "nothing"))

    assert (done.exit_code, "docker: cannot be started" in done.stderr) == (2, True)
