"""Pulumi runs with a short report, and a log of everything."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from pocdeploy.stacks import reported_run

ERROR = '{"sequence":1,"timestamp":1,"diagnosticEvent":{"severity":"error","message":"no: password=hunter2"}}'
DEBUG = '{"sequence":2,"timestamp":1,"diagnosticEvent":{"severity":"debug","message":"detail"}}'


def run(root: Path, code: int, *lines: str, write: list[str] | None = None) -> int:
    program = f"import sys; sys.stdout.write({chr(10).join(lines)!r}); sys.exit({code})"
    command = [sys.executable, "-c", program]
    more = {} if write is None else {"write": write.append}
    return reported_run.run(command, root=root, env=os.environ, name="up-dev", quiet=False, **more)


def test_a_failed_run_names_its_log(tmp_path: Path) -> None:
    lines: list[str] = []
    assert run(tmp_path, 255, ERROR, DEBUG, "last words", write=lines) == 255
    assert lines[:2] == ["error: no: password=[secret]", "last words"]
    log = tmp_path / lines[2].removeprefix("Everything that Pulumi reported: ")
    assert log.name.startswith("up-dev-")
    text = log.read_text()
    assert "no: password=[secret]" in text
    assert "detail" in text
    assert text.endswith("last words\nPulumi ended with 255\n")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_good_run_writes_to_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, 0, DEBUG, "done") == 0
    assert capsys.readouterr().out == "done\n"


def test_the_oldest_logs_are_deleted(tmp_path: Path) -> None:
    folder = tmp_path / ".pocdeploy" / "logs"
    folder.mkdir(parents=True)
    for number in range(reported_run.KEPT_LOGS + 5):
        (folder / f"up-x-{number}.log").touch()
        os.utime(folder / f"up-x-{number}.log", (number, number))
    run(tmp_path, 0, write=[])
    kept = {file.name for file in folder.iterdir()}
    assert len(kept) == reported_run.KEPT_LOGS
    assert "up-x-5.log" not in kept
    assert "up-x-6.log" in kept


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--yes", "--target", "urn:x"], True),
        (["--diff"], False),
        (["--json"], False),
        (["--color=always"], False),
        (["--show-sames"], False),
        (["--suppress-outputs"], False),
    ],
)
def test_a_chosen_display_is_pulumis_own(arguments: list[str], *, wanted: bool) -> None:
    assert reported_run.is_wanted(arguments) == wanted


def test_a_terminal_has_the_live_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert not reported_run.is_wanted([])
