"""The project of a run, and what shells complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.cli.context import CliContext, stack_names
from tests.paths import ROOT


def test_the_project_is_found_from_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "app")
    assert CliContext(quiet=False, verbose=False).root == ROOT


def test_a_project_of_another_version_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pocdeploy").mkdir()
    (tmp_path / "pocdeploy" / "__init__.py").write_text('__version__ = "99.0.0"\n')
    assert CliContext(folder=tmp_path, quiet=False, verbose=False).root == tmp_path
    assert f"works on a project of version 99.0.0: uv tool install {tmp_path}" in " ".join(
        capsys.readouterr().err.split()
    )


def test_names_of_stacks_are_completed_in_a_project_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "docs")
    assert {"dev", "both", "eks"} <= set(stack_names())
    monkeypatch.chdir(tmp_path)
    assert stack_names() == []
