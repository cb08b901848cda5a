"""Progress: one live line on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pocdeploy.console import Progress, WaitError
from pocdeploy.errors import ExitCode

pytestmark = pytest.mark.usefixtures("clock")


def run_a_step(progress: Progress) -> None:
    answers = iter(["the primary", "the primary", "2 replicas", None])
    with progress.step("database") as step:
        progress.until(step, lambda: next(answers), timeout=10)


def test_without_a_terminal_each_change_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    run_a_step(Progress())
    assert capsys.readouterr().err.splitlines() == [
        "database: waiting for the primary (0 s)",
        "database: waiting for 2 replicas (2 s)",
        "database: done in 3.0 s",
    ]


def test_a_terminal_shows_one_line_with_step_time_and_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich's way to take a pipe for a terminal
    line = io.StringIO()
    progress = Progress()
    with progress.step("database") as step:
        step.waits_for("the primary")
        Console(file=line, width=100, color_system=None).print(step)
    assert line.getvalue().split()[1:] == ["database", "0", "s", "waiting", "for", "the", "primary"]
    shown = capsys.readouterr().err
    assert "database: waiting" not in shown
    assert "database: done in 0.0 s" in shown


def test_quiet_shows_no_progress_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    run_a_step(Progress(quiet=True))
    assert capsys.readouterr() == ("", "")


def test_a_wait_has_an_end_and_its_step_fails(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    with pytest.raises(WaitError, match="the moon"), progress.step("rocket") as step:
        progress.until(step, lambda: "the moon", timeout=5)
    assert capsys.readouterr().err.splitlines()[-1] == "rocket: failed after 5.0 s"
    assert WaitError.exit_code == ExitCode.FAILED
