"""The commit of an application's source."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pocdeploy.source.commit import last_commit


def git(folder: Path, *arguments: str) -> str:
    options = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *options, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone with an application, a patch and another file, each in a commit of its own."""
    git(tmp_path, "init", "-q")
    for name in ("app/polls/a.py", "patches/polls/1.patch", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
        git(tmp_path, "add", name)
        git(tmp_path, "commit", "-qm", name)
    return tmp_path


def commit_of(clone: Path, name: str) -> str:
    return git(clone, "log", "-1", "--format=%H", "--", name)[:10]


def test_it_is_the_last_one_that_changed_source_or_patches(clone: Path) -> None:
    source, patches = clone / "app" / "polls", clone / "patches" / "polls"
    assert last_commit(source, patches) == commit_of(clone, "patches")
    assert last_commit(source, None) == commit_of(clone, "app")
    assert last_commit(source, patches) != commit_of(clone, "README.md")


def test_files_that_differ_are_named(clone: Path) -> None:
    (clone / "patches" / "polls" / "2.patch").write_text("new")
    source = clone / "app" / "polls"
    assert last_commit(source, clone / "patches" / "polls") == f"{commit_of(clone, 'patches')}+changes"
    assert last_commit(source, None) == commit_of(clone, "app")


def test_patches_of_another_repository_do_not_count(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    assert last_commit(clone / "app" / "polls", other) == commit_of(clone, "app")


def test_a_shallow_clone_does_not_know_it(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    shallow = tmp_path_factory.mktemp("shallow") / "clone"
    git(clone, "clone", "-q", "--depth", "1", f"file://{clone}", str(shallow))
    assert last_commit(shallow / "app" / "polls", None) is None


def test_without_a_repository_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert last_commit(tmp_path, None) is None
