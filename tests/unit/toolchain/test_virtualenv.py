"""A virtualenv is created once, and filled again when its lock file changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.errors import PreflightError
from pocdeploy.toolchain import virtualenv
from tests.paths import ROOT


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Record the commands; ``python -m venv`` leaves what it would."""
    made: list[Sequence[str]] = []

    def follow(command: Sequence[str], *, line: Callable[[str], None], **_: Any) -> int:
        made.append(command)
        if "venv" in command:
            bin_dir = Path(command[-1], "bin")
            bin_dir.mkdir(parents=True)
            for name in ("python", "pip"):
                (bin_dir / name).touch()
        line("Collecting a")
        return 0

    monkeypatch.setattr(process, "follow", follow)
    return made


def lock(folder: Path, name: str = "requirements.txt") -> Path:
    file = folder / name
    file.write_text("a==1 --hash=sha256:0\n")
    return file


def test_it_is_created_and_filled_with_hashes(tmp_path: Path, commands: list[Sequence[str]]) -> None:
    venv, log = tmp_path / "venv", list[str]()
    lock(tmp_path)
    virtualenv.ensure(tmp_path, "venv", "requirements.txt", log=log.append)
    create, install = commands
    assert create == [sys.executable, "-m", "venv", "--clear", str(venv)]
    assert install[0] == str(venv / "bin" / "python")
    assert {"--require-hashes", str(tmp_path / "requirements.txt")} <= set(install)
    created, installed = f"Creating {venv}", f"Installing requirements.txt into {venv}"
    assert [line.split(": ")[0] for line in log] == [created, created, installed, installed]
    assert log[-1].startswith(f"{installed}: 1 of 1 packages, ")


def test_only_a_changed_lock_file_is_installed_again(tmp_path: Path, commands: list[Sequence[str]]) -> None:
    file = lock(tmp_path)
    for _ in range(2):
        virtualenv.ensure(tmp_path, "venv", file.name, log=print)
    assert len(commands) == 2
    file.write_text("a==2 --hash=sha256:1\n")
    virtualenv.ensure(tmp_path, "venv", file.name, log=print)
    assert [command[2] for command in commands] == ["venv", "pip", "pip"]


def test_each_lock_file_has_a_stamp_that_is_newer(tmp_path: Path, commands: list[Sequence[str]]) -> None:
    for name, stamp in (("requirements.txt", "runtime"), ("requirements-eks.txt", "eks")):
        file = lock(tmp_path, name)
        virtualenv.ensure(tmp_path, "venv", name, log=print)
        assert (tmp_path / "venv" / f".installed-{stamp}").stat().st_mtime >= file.stat().st_mtime
    assert [command[2] for command in commands] == ["venv", "pip", "pip"]


def test_a_virtualenv_without_pip_is_created_again(tmp_path: Path, commands: list[Sequence[str]]) -> None:
    (tmp_path / "venv").mkdir()
    virtualenv.ensure(tmp_path, "venv", lock(tmp_path).name, log=print)
    assert [command[2] for command in commands] == ["venv", "pip"]


def test_a_failure_is_an_error_and_leaves_no_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(*_: object, line: Callable[[str], None], **__: object) -> int:
        line("no ensurepip")
        return 1

    monkeypatch.setattr(process, "follow", follow)
    with pytest.raises(PreflightError) as caught:
        virtualenv.ensure(tmp_path, "venv", lock(tmp_path).name, log=print)
    (finding,) = caught.value.findings
    assert (finding.actual, "-m venv" in finding.what) == ("no ensurepip", True)
    assert not (tmp_path / "venv" / ".installed-runtime").exists()


def test_it_can_be_run_as_a_module(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "pocdeploy").symlink_to(ROOT / "pocdeploy")
    command = [sys.executable, "-m", "pocdeploy.toolchain.virtualenv", "venv", "requirements.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "Installing requirements.txt" in done.stderr) == (0, True), done.stderr
    assert (tmp_path / "venv" / "bin" / "pip").is_file()
