"""Changes of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pocdeploy.processes import changes


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "__pycache__").mkdir()
    for name in ("a.py", "templates/b.html", "__pycache__/a.pyc"):
        (tmp_path / "app" / name).write_text("1")
    return tmp_path


def edit(path: Path, text: str, *, seconds: int = 0) -> None:
    path.write_text(text)
    os.utime(path, (seconds, seconds))


def test_added_changed_and_deleted_files_are_changes(files: Path) -> None:
    app = files / "app"
    before = changes.look([app])
    edit(app / "a.py", "2", seconds=5)
    (app / "templates" / "b.html").unlink()
    (app / "c.py").write_text("")
    assert changes.between(before, changes.look([app])) == [app / "a.py", app / "c.py", app / "templates" / "b.html"]


def test_caches_are_not_looked_at(files: Path) -> None:
    before = changes.look([files / "app"])
    (files / "app" / "__pycache__" / "a.pyc").write_text("other")
    assert changes.between(before, changes.look([files / "app"])) == []


def test_a_missing_folder_has_no_files(files: Path) -> None:
    assert changes.look([files / "patches"]) == {}
