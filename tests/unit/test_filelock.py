"""Locks between processes, and between threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pocdeploy import filelock
from tests.paths import ROOT


def test_a_held_lock_names_process_and_purpose(tmp_path: Path) -> None:
    file = tmp_path / "new" / "lock"
    with (
        filelock.hold(file, "write a file"),
        pytest.raises(filelock.LockedError) as error,
        filelock.hold(file, "build pulumi", timeout=0),
    ):
        pytest.fail("two have the lock")

    (finding,) = error.value.findings
    assert finding.where == str(file)
    assert finding.what == f"cannot build pulumi while process {os.getpid()} (write a file) holds this lock"
    assert finding.fix == f"kill {os.getpid()}"


def test_a_lock_is_free_after_the_block(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with pytest.raises(ValueError, match="own"), filelock.hold(file, "fail"):
        raise ValueError("own")
    with filelock.hold(file, "work", timeout=0):
        assert file.read_text() == f"{os.getpid()} work"
    assert file.read_text() == ""


def test_a_killed_process_releases_its_lock(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    code = (
        "import sys, pathlib\nfrom pocdeploy import filelock\n"
        "with filelock.hold(pathlib.Path(sys.argv[1]), 'hang'):\n    print('ready', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        with pytest.raises(filelock.LockedError, match="hang"), filelock.hold(file, "work", timeout=0.3):
            pytest.fail("two have the lock")
        other.kill()
        other.wait()
        with filelock.hold(file, "work", timeout=0):
            assert file.read_text() == f"{os.getpid()} work"


def test_the_second_waits_and_a_message_says_for_whom(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, order = tmp_path / "lock", []
    waiting = threading.Event()

    def second() -> None:
        with filelock.hold(file, "be second"):
            order.append("second")

    class Handler(filelock.logging.Handler):
        def emit(self, record: filelock.logging.LogRecord) -> None:
            waiting.set()

    handler = Handler()
    filelock._LOG.addHandler(handler)
    thread = threading.Thread(target=second)
    try:
        with filelock.hold(file, "be first"):
            thread.start()
            assert waiting.wait(30)
            order.append("first")
        thread.join()
    finally:
        filelock._LOG.removeHandler(handler)
    assert order == ["first", "second"]
    assert caplog.messages == [f"waiting for process {os.getpid()} (be first) to release {file}"]
