"""The make targets that hand CI's secrets on: into a file for the user alone, and to Docker's standard input."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT

DOCKER = """#!/bin/sh
echo "$@" > "$(dirname "$0")/arguments"
cat > "$(dirname "$0")/input"
"""
LOGIN = {"REGISTRY": "registry.example.com", "REGISTRY_USER": "robot", "REGISTRY_PASSWORD": "canary $x"}


def make(folder: Path, target: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", f"--makefile={ROOT / 'Makefile'}", target],
        cwd=folder,
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_kubeconfig_is_for_the_user_alone(tmp_path: Path) -> None:
    file = tmp_path / ".pocdeploy" / "kubeconfig"
    file.parent.mkdir()
    file.write_text("old")
    file.chmod(0o644)
    content = "apiVersion: v1\nusers:\n- user: {token: $canary}"
    done = make(tmp_path, "kubeconfig", KUBECONFIG_CONTENT=content)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert file.read_text() == f"{content}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("variables", [{}, {"KUBECONFIG_CONTENT": ""}])
def test_a_kubeconfig_that_is_not_set_is_an_error(tmp_path: Path, variables: dict[str, str]) -> None:
    done = make(tmp_path, "kubeconfig", **variables)

    assert done.returncode != 0
    assert "KUBECONFIG_CONTENT: is not set" in done.stderr
    assert not (tmp_path / ".pocdeploy" / "kubeconfig").exists()


def test_the_registrys_password_is_on_no_command_line(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    done = make(tmp_path, "registry-login", **LOGIN)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "arguments").read_text() == "login registry.example.com --username robot --password-stdin\n"
    assert (tmp_path / "input").read_text() == "canary $x\n"
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("missing", LOGIN)
def test_a_login_without_its_parts_is_an_error(tmp_path: Path, missing: str) -> None:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    done = make(tmp_path, "registry-login", **{**LOGIN, missing: ""})

    assert done.returncode != 0
    assert f"{missing}: is not set" in done.stderr
    assert not (tmp_path / "arguments").exists()
