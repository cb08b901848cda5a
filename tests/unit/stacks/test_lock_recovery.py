"""A lock may be removed when its process was one of this machine and is dead; in no other case."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from pocdeploy.process import Result
from pocdeploy.stacks import lock_recovery


def lock(state: Path, *, pid: int, host: str, stack: str = "dev", name: str = "1a2b") -> Path:
    file = state / ".pulumi" / "locks" / "organization" / "pocdeploy" / stack / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "username": "me", "hostname": host, "timestamp": "2026-01-01T00:00:00Z"}))
    file.with_name(f"{file.name}.attrs").write_text("{}")
    return file


def release(state: Path, *, alive: bool) -> list[lock_recovery.Lock]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "gethostname", lambda: "here")
        patch.setattr(lock_recovery, "process_is_alive", lambda pid: alive)
        return lock_recovery.release_dead(state, "pocdeploy", "dev")


def test_lock_of_dead_local_process_is_removed(tmp_path: Path) -> None:
    file = lock(tmp_path, pid=123, host="here")

    assert [it.pid for it in release(tmp_path, alive=False)] == [123]
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize(("host", "alive"), [("here", True), ("there", False), ("there", True)])
def test_lock_of_running_or_remote_process_is_kept(tmp_path: Path, host: str, alive: bool) -> None:
    file = lock(tmp_path, pid=123, host=host)

    assert release(tmp_path, alive=alive) == []
    assert file.is_file()


def test_another_stacks_lock_stays(tmp_path: Path) -> None:
    file = lock(tmp_path, pid=123, host="here", stack="other")

    assert release(tmp_path, alive=False) == []
    assert file.is_file()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": null, "hostname": "here"}'])
def test_a_file_that_is_no_lock_stays(tmp_path: Path, content: str) -> None:
    file = lock(tmp_path, pid=123, host="here")
    file.write_text(content)

    assert release(tmp_path, alive=False) == []
    assert file.is_file()


def test_processes_are_told_apart_by_whether_they_run() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()

    assert lock_recovery.process_is_alive(os.getpid())
    assert lock_recovery.process_is_alive(1)
    assert not lock_recovery.process_is_alive(ended.pid)
    assert not lock_recovery.process_is_alive(0)


@pytest.mark.parametrize(
    ("backend", "folder"),
    [
        ("file:///var/state", Path("/var/state")),
        ("file:///var/state?no_tmp_dir=true", Path("/var/state")),
        ("file://state", Path("/project/state")),
        ("file://~/state", Path.home() / "state"),
        ("https://api.pulumi.com", None),
        ("s3://bucket/folder", None),
        ("", None),
    ],
)
def test_only_a_local_backend_has_a_folder(backend: str, folder: Path | None) -> None:
    assert lock_recovery.state_folder(backend, Path("/project")) == folder


def pending(*types: str) -> dict[str, object]:
    return {"pending_operations": [{"type": "creating", "resource": {"type": it}} for it in types]}


def test_pending_creations_are_dropped_only_where_safe() -> None:
    assert lock_recovery.can_be_forgotten(pending("kubernetes:core/v1:Secret", "command:local:Command"))
    assert lock_recovery.can_be_forgotten(pending("pulumi:providers:kubernetes", "pocdeploy:frontend:Frontend"))
    assert not lock_recovery.can_be_forgotten(pending("kubernetes:core/v1:Secret", "aws:ec2/vpc:Vpc"))
    assert not lock_recovery.can_be_forgotten(pending("pulumi:providers:aws"))
    assert not lock_recovery.can_be_forgotten({})
    assert not lock_recovery.can_be_forgotten({"pending_operations": None})
    assert not lock_recovery.can_be_forgotten(
        {"pending_operations": [{"type": "updating", "resource": {"type": "kubernetes:core/v1:Secret"}}]}
    )


def test_only_empty_attributes_are_removed(tmp_path: Path) -> None:
    stacks = tmp_path / ".pulumi" / "stacks" / "pocdeploy"
    stacks.mkdir(parents=True)
    texts = {"dev.json": "{}", "dev.json.attrs": "", "dev.json.bak.attrs": '{"md5":""}', "device.json.attrs": ""}
    for name, text in texts.items():
        (stacks / name).write_text(text)

    assert [file.name for file in lock_recovery.drop_broken_attributes(tmp_path, "pocdeploy", "dev")] == [
        "dev.json.attrs"
    ]
    assert sorted(file.name for file in stacks.iterdir()) == ["dev.json", "dev.json.bak.attrs", "device.json.attrs"]


def test_nothing_is_asked_of_pulumi_after_a_run_that_ended_well(tmp_path: Path) -> None:
    def pulumi(*arguments: str) -> Result:
        raise AssertionError(arguments)

    assert lock_recovery.recover(tmp_path, "pocdeploy", "dev", pulumi) == []


def test_notes_about_other_packages_are_left_to_a_person(tmp_path: Path) -> None:
    lock(tmp_path, pid=_dead(), host=socket.gethostname())
    asked = []

    def pulumi(*arguments: str) -> Result:
        asked.append(arguments[:2])
        return Result(code=0, stdout=json.dumps({"deployment": pending("aws:ec2/vpc:Vpc")}))

    assert len(lock_recovery.recover(tmp_path, "pocdeploy", "dev", pulumi)) == 1
    assert asked == [("stack", "export")]


def _dead() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid
