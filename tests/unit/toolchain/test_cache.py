"""The cache of tools: one build for all clones, and no error without a cache."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from pocdeploy import process
from pocdeploy.toolchain import cache as toolchain_cache
from pocdeploy.toolchain import go_build

PACKAGE = "example.com/tool"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pocdeploy" / "tools"


class Go:
    """A Go that writes the number of builds so far into each program."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.built = 0

    def __call__(self, command: list[str], **_: object) -> process.Result:
        self.built += 1
        if not self.code:
            Path(command[command.index("-o") + 1]).write_text(f"build {self.built}")
        return process.Result(code=self.code, stderr="no")


def module(folder: Path, *, pins: str = "pins") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text(pins)
    (folder / "go.sum").touch()
    return folder


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> Go:
    made = Go()
    monkeypatch.setattr(process, "run", made)
    return made


def build(tmp_path: Path, clone: str, *, pins: str = "pins", **how: str) -> Path:
    target = tmp_path / clone / "bin" / "tool"
    target.parent.mkdir(parents=True, exist_ok=True)
    source = module(tmp_path / clone / "tools", pins=pins)
    assert go_build.go_build(source, PACKAGE, target, **how) is None
    return target


def test_a_second_clone_uses_the_build_of_the_first(tmp_path: Path, go: Go) -> None:
    first, second = (build(tmp_path, clone) for clone in ("one", "two"))

    assert go.built == 1
    assert second.read_text() == first.read_text() == "build 1"


@pytest.mark.parametrize("other", [{"pins": "others"}, {"stamp": "v=2"}, {"tags": "small"}])
@pytest.mark.usefixtures("go")
def test_other_sources_are_another_entry(tmp_path: Path, other: dict[str, str]) -> None:
    build(tmp_path, "one")

    assert build(tmp_path, "two", **other).read_text() == "build 2"


@pytest.mark.usefixtures("go")
def test_a_clone_that_removes_its_program_keeps_the_cache(tmp_path: Path) -> None:
    build(tmp_path, "one").unlink()
    newer = tmp_path / "newer"
    newer.write_text("newer")
    newer.replace(build(tmp_path, "two"))

    assert build(tmp_path, "three").read_text() == "build 1"


def test_a_failed_build_is_not_added(tmp_path: Path, cache: Path, go: Go) -> None:
    source = module(tmp_path / "tools")
    go.code = 1

    assert go_build.go_build(source, PACKAGE, tmp_path / "tool") == f"go build {PACKAGE}: no"
    assert [path for path in cache.iterdir() if not path.name.startswith(".")] == []
    go.code = 0
    assert build(tmp_path, "one").read_text() == "build 2"


def test_two_builds_at_once_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on = threading.Event(), threading.Event()

    class Slow(Go):
        def __call__(self, command: list[str], **more: object) -> process.Result:
            inside.set()
            assert go_on.wait(30)
            return super().__call__(command, **more)

    slow = Slow()
    monkeypatch.setattr(process, "run", slow)
    threads = [threading.Thread(target=build, args=(tmp_path, clone)) for clone in ("one", "two")]
    for thread in threads:
        thread.start()
    assert inside.wait(30)
    go_on.set()
    for thread in threads:
        thread.join()

    assert slow.built == 1
    assert (tmp_path / "two" / "bin" / "tool").is_file()


@pytest.mark.parametrize("where", ["file", "nowhere"])
@pytest.mark.usefixtures("go")
def test_without_a_cache_each_clone_builds_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file") if where == "file" else "")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "file")

    assert [build(tmp_path, clone).read_text() for clone in ("one", "two")] == ["build 1", "build 2"]


@pytest.mark.usefixtures("go")
def test_unused_entries_are_removed_when_one_is_added(tmp_path: Path, cache: Path) -> None:
    for clone in ("one", "two", "three"):
        build(tmp_path, clone, pins=clone)
    long_ago = time.time() - (toolchain_cache.UNUSED_DAYS + 1) * 24 * 60 * 60
    for path in cache.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.read_text() != "build 3":
            os.utime(path, (long_ago, long_ago))
    build(tmp_path, "other clone", pins="two")  # used again
    build(tmp_path, "four", pins="four")

    kept = [path for path in cache.iterdir() if not path.name.startswith(".")]
    assert {path.read_text() for path in kept} == {"build 2", "build 3", "build 4"}
