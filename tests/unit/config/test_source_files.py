"""The text files of a patched source are read without a copy, and nothing outside of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.config.source_files import LARGEST, changes, decode, read
from tests.unit.source.trees import diff, write

FILES = {"manage.py": "one\n", "site/settings.py": "DEBUG = True\n", "a/b/c.txt": "deep\n"}


def test_names_come_from_the_top_and_skip_what_is_not_source(tmp_path: Path) -> None:
    others = {"node_modules/x/index.js": "", "env/pyvenv.cfg": "", "env/lib.py": "", ".git/config": ""}
    files = read(write(tmp_path, {**FILES, **others}))

    assert files.names == ("manage.py", "site/settings.py", "a/b/c.txt")


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("*.py", ["manage.py"]),
        ("*/*.py", ["site/settings.py"]),
        ("**/*.py", ["manage.py", "site/settings.py"]),
        ("**/c.*", ["a/b/c.txt"]),
        ("*", ["manage.py"]),
        ("[a]*", []),
    ],
)
def test_globs(glob: str, names: list[str], tmp_path: Path) -> None:
    assert read(write(tmp_path, FILES)).matching(glob) == names


def test_a_folder_is_a_source_of_its_own(tmp_path: Path) -> None:
    files = read(write(tmp_path, FILES)).below("a/b")

    assert (files.names, files.text("c.txt"), files.text("manage.py")) == (("c.txt",), "deep\n", "")


def test_names_are_those_after_the_patches(tmp_path: Path) -> None:
    source, patches = write(tmp_path / "source", FILES), tmp_path / "patches"
    after = {**FILES, "Procfile": "web: x\n"}
    del after["manage.py"]
    patch = diff(tmp_path, FILES, after).replace(b"--- a/", b"--- a/a/").replace(b"+++ b/", b"+++ b/b/")
    write(patches, {"1.patch": patch.replace(b"a/a/", b"a/").replace(b"b/b/", b"b/"), "README.md": "--- a/x\n"})
    files = read(source, patches)

    assert set(files.names) == {"Procfile", "site/settings.py", "a/b/c.txt"}
    assert files.text("Procfile") == "web: x\n"


def test_a_rename_is_seen() -> None:
    patch = "diff --git a/old.py b/new.py\nsimilarity index 100%\nrename from old.py\nrename to new.py\n"

    assert changes(patch.encode()) == ({"new.py": ""}, {"old.py"})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb\r", "a\nb\n"),
        ("é".encode("utf-16"), "é"),
        ("é".encode("latin-1") * 5, "é" * 5),
        (b"abc" + "é".encode()[:1], "abc"),
    ],
)
def test_encodings(content: bytes, text: str) -> None:
    assert decode(content) == text


def test_a_long_file_is_cut(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, {"x.txt": "x" * (LARGEST + 9)})).text("x.txt")) == LARGEST


def test_links_out_of_the_source_are_named_and_not_followed(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"real.txt": "real\n"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret\n")
    for name, target in {
        "out.txt": "../outside/secret.txt",
        "abs": "/etc",
        "in.txt": "real.txt",
        "gone": "no",
        "me": "me",
    }.items():
        (source / name).symlink_to(target)
    files = read(source)

    assert (files.names, set(files.refused)) == (("in.txt", "real.txt"), {"abs", "out.txt", "me"} & set(files.refused))
    assert {"abs", "out.txt"} <= set(files.refused)
    assert files.text("out.txt") == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_file_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    write(tmp_path, {"x.txt": "x"})
    (tmp_path / "x.txt").chmod(0)

    assert read(tmp_path).text("x.txt") == ""


def test_at_most_so_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_files, "MOST_FILES", 2)

    assert len(read(write(tmp_path, FILES)).names) == 2
