"""Copies of an application's tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pocdeploy.errors import PatchError
from pocdeploy.source.app_tree import copy_tree
from tests.unit.source.trees import APP, contents, write


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "app", APP)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copy"


def test_links_inside_are_kept_and_all_others_are_named(source: Path, target: Path) -> None:
    (source / "current").symlink_to("site")
    (source / "site" / "up").symlink_to("../manage.py")
    copy_tree(source, target)
    assert (target / "current").readlink() == Path("site")
    assert (target / "site" / "up").read_text() == APP["manage.py"]

    (source / "absolute").symlink_to(source / "manage.py")
    (source / "site" / "out").symlink_to("../../secret")
    (source / "sneaky").symlink_to("site/out/..")
    (source / "loop").symlink_to("loop")
    with pytest.raises(PatchError) as error:
        copy_tree(source, target / "second")
    assert [finding.where for finding in error.value.findings] == ["absolute", "loop", "site/out", "sneaky"]
    assert not (target / "second").exists()


def test_a_pipe_is_refused_and_does_not_block(source: Path, target: Path) -> None:
    os.mkfifo(source / "pipe")
    with pytest.raises(PatchError, match="pipe: is neither a file"):
        copy_tree(source, target)


def test_caches_databases_and_virtualenvs_are_skipped(source: Path, target: Path) -> None:
    junk = [".git/config", "site/__pycache__/x.pyc", ".venv/pyvenv.cfg", "env/pyvenv.cfg", ".pocdeploy/passphrase"]
    write(source, dict.fromkeys([*junk, "db.sqlite3", "db.sqlite3-wal"], "x"))
    write(source, {"env.d/settings": "stays", ".gitignore": "stays"})
    copy_tree(source, target)
    assert {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()} == {
        *APP,
        "env.d/settings",
        ".gitignore",
    }


def test_modes_are_normal(source: Path, target: Path) -> None:
    for path, mode in {"manage.py": 0o700, "site/settings.py": 0o666, "site/old.py": 0o400, "site": 0o2775}.items():
        (source / path).chmod(mode)
    copy_tree(source, target)

    assert {name: mode[-4:] for name, (mode, _) in contents(target).items()} == {
        "manage.py": "0755",
        "site": "0755",
        "site/settings.py": "0644",
        "site/old.py": "0644",
    }
