"""The file with all that was started."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import PreflightError
from pocdeploy.processes.detached import Started
from pocdeploy.processes.state import AppState, StackFolder, stacks

APP = AppState(release="abc", port=8000, metrics_port=8001, process=Started(pid=7, started=1.5))


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    return StackFolder(tmp_path, "org/project/dev")


def test_what_is_written_is_read(folder: StackFolder) -> None:
    assert (folder.read(), folder.exists()) == (None, False)
    state = folder.begin(8000)
    folder.write(state.model_copy(update={"apps": {"shop": APP}}))
    found = folder.read()
    assert found
    assert (found.apps, found.base_port, folder.exists()) == ({"shop": APP}, 8000, True)


def test_another_port_keeps_applications_and_age(folder: StackFolder) -> None:
    first = folder.begin(8000)
    folder.write(first.model_copy(update={"apps": {"shop": APP}}))
    second = folder.begin(9000)
    assert (second.created, second.apps, second.base_port) == (first.created, {"shop": APP}, 9000)


def test_a_damaged_file_is_named(folder: StackFolder) -> None:
    folder.begin(8000)
    (folder.path / "state.json").write_text("{")
    with pytest.raises(PreflightError, match="not readable"):
        folder.read()


@pytest.mark.parametrize(("keep", "left"), [(True, ["pgdata", "secrets"]), (False, [])])
def test_only_the_data_is_kept_on_request(folder: StackFolder, *, keep: bool, left: list[str]) -> None:
    folder.begin(8000)
    for name in ("pgdata", "secrets", "logs"):
        (folder.path / name).mkdir()
    folder.remove(keep_data=keep)
    assert sorted(path.name for path in folder.path.glob("*")) == left
    assert folder.exists() is folder.path.is_dir() is keep


def test_stacks_with_data_or_processes_are_listed(tmp_path: Path) -> None:
    StackFolder(tmp_path, "b").begin(8000)
    StackFolder(tmp_path, "a").pgdata.mkdir(parents=True)
    StackFolder(tmp_path, "empty").path.mkdir()
    StackFolder(tmp_path, "a").lock.touch()
    assert [found.stack for found in stacks(tmp_path)] == ["a", "b"]
