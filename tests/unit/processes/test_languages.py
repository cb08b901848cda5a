"""Packages of applications in other languages, with stand-ins for their tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import PocdeployError
from pocdeploy.processes import languages

TOOL = '#!/bin/sh\necho "$0 $*" >>{log}\nmkdir -p node_modules/express\n'


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the tools on PATH; return the file with their calls."""
    programs, log = tmp_path / "bin", tmp_path / "calls"
    programs.mkdir()
    for name in ("npm", "bundle", "go"):
        (programs / name).write_text(TOOL.format(log=log))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return log


def called(log: Path) -> list[str]:
    return [line.partition("/bin/")[2] for line in log.read_text().splitlines()] if log.exists() else []


def copy(folder: Path, lock: str = "1") -> Path:
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text(lock)
    return folder


def test_node_packages_are_kept_for_the_next_copy(tmp_path: Path, calls: Path) -> None:
    for number, lock in enumerate(("1", "1", "2")):
        tree = copy(tmp_path / f"copy-{number}", lock)
        languages.install("node", tree, tmp_path / "work", log=lambda _: None)
        assert (tree / "node_modules" / "express").is_dir()

    assert called(calls).count("npm ci --no-audit --no-fund") == 2


@pytest.mark.parametrize(("language", "call"), [("ruby", "bundle install"), ("go", "go build -o")])
def test_other_tools_run_in_the_copy(tmp_path: Path, calls: Path, language: str, call: str) -> None:
    languages.install(language, copy(tmp_path / "copy"), tmp_path / "work", log=lambda _: None)

    assert called(calls)[0].startswith(call)


@pytest.mark.parametrize(("language", "what"), [("node", "this machine has no npm"), ("java", "java need Docker")])
def test_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, what: str) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PocdeployError, match=what):
        languages.install(language, copy(tmp_path / "copy"), tmp_path / "work", log=lambda _: None)
