"""What is built once is there for every clone, and an unusable cache does not stop anything."""

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
    """Writes how often it was called into what it builds."""

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


def build(tmp_path: Path, go: Go, clone: str, *, pins: str = "pins", **how: str) -> Path:
    target = tmp_path / clone / "bin" / "tool"
    target.parent.mkdir(parents=True, exist_ok=True)
    source = module(tmp_path / clone / "tools", pins=pins)
    assert go_build.go_build(source, PACKAGE, target, go, **how) is None
    return target


def test_a_second_clone_takes_what_the_first_has_built(tmp_path: Path) -> None:
    go = Go()
    first, second = (build(tmp_path, go, clone) for clone in ("one", "two"))

    assert go.built == 1
    assert second.read_text() == first.read_text() == "build 1"


@pytest.mark.parametrize("other", [{"pins": "others"}, {"stamp": "v=2"}, {"tags": "small"}])
def test_what_is_made_of_something_else_is_something_else(tmp_path: Path, other: dict[str, str]) -> None:
    go = Go()
    build(tmp_path, go, "one")

    assert build(tmp_path, go, "two", **other).read_text() == "build 2"


def test_a_clone_that_removes_or_replaces_its_own_leaves_the_cache_alone(tmp_path: Path) -> None:
    go = Go()
    build(tmp_path, go, "one").unlink()
    newer = tmp_path / "newer"
    newer.write_text("newer")
    newer.replace(build(tmp_path, go, "two"))

    assert build(tmp_path, go, "three").read_text() == "build 1"


def test_a_build_that_fails_is_not_kept(tmp_path: Path, cache: Path) -> None:
    source = module(tmp_path / "tools")

    assert go_build.go_build(source, PACKAGE, tmp_path / "tool", Go(code=1)) == f"go build {PACKAGE}: no"
    assert [path for path in cache.iterdir() if not path.name.startswith(".")] == []
    assert build(tmp_path, Go(), "one").read_text() == "build 1"


def test_two_that_need_it_at_once_build_it_once(tmp_path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    class Slow(Go):
        def __call__(self, command: list[str], **more: object) -> process.Result:
            inside.set()
            assert go_on.wait(30)
            return super().__call__(command, **more)

    go = Slow()
    threads = [threading.Thread(target=build, args=(tmp_path, go, clone)) for clone in ("one", "two")]
    for thread in threads:
        thread.start()
    assert inside.wait(30)
    go_on.set()
    for thread in threads:
        thread.join()

    assert go.built == 1
    assert (tmp_path / "two" / "bin" / "tool").is_file()


@pytest.mark.parametrize("where", ["file", "nowhere"])
def test_without_a_cache_each_clone_builds_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file") if where == "file" else "")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "file")
    go = Go()

    assert [build(tmp_path, go, clone).read_text() for clone in ("one", "two")] == ["build 1", "build 2"]


def test_what_nobody_used_for_long_goes_when_something_new_comes(tmp_path: Path, cache: Path) -> None:
    go = Go()
    for clone in ("one", "two", "three"):
        build(tmp_path, go, clone, pins=clone)
    long_ago = time.time() - (toolchain_cache.UNUSED_DAYS + 1) * 24 * 60 * 60
    for path in cache.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.read_text() != "build 3":
            os.utime(path, (long_ago, long_ago))
    build(tmp_path, go, "other clone", pins="two")  # used again
    build(tmp_path, go, "four", pins="four")

    kept = [path for path in cache.iterdir() if not path.name.startswith(".")]
    assert {path.read_text() for path in kept} == {"build 2", "build 3", "build 4"}
