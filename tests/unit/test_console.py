"""Progress: one live line on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pocdeploy.console import Progress, WaitError
from pocdeploy.errors import ExitCode
from tests.unit.fakes import Time


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, width=100, color_system=None), text


def run_a_step(progress: Progress) -> None:
    answers = iter(["the primary", "the primary", "2 replicas", None])
    with progress.step("database") as step:
        progress.until(step, lambda: next(answers), timeout=10)


def test_off_a_terminal_each_change_is_one_plain_line() -> None:
    to, text = console(terminal=False)
    run_a_step(Time().progress(console=to, quiet=False))
    assert text.getvalue().splitlines() == [
        "database: waiting for the primary (0 s)",
        "database: waiting for 2 replicas (2 s)",
        "database: done in 3.0 s",
    ]


def test_on_a_terminal_one_line_shows_step_time_and_what_it_waits_for() -> None:
    to, text = console(terminal=True)
    progress = Time().progress(console=to, quiet=False)
    with progress.step("database") as step:
        step.waits_for("the primary")
        other, line = console(terminal=True)
        other.print(step)
    assert line.getvalue().split()[1:] == ["database", "0", "s", "waiting", "for", "the", "primary"]
    assert "database: done in 0.0 s" in text.getvalue()


def test_quiet_shows_no_progress_at_all() -> None:
    to, text = console(terminal=False)
    run_a_step(Time().progress(console=to, quiet=True))
    assert text.getvalue() == ""


def test_a_step_that_fails_says_so_and_a_wait_has_an_end() -> None:
    to, text = console(terminal=False)
    time = Time()
    progress = time.progress(console=to, quiet=False)
    with pytest.raises(WaitError, match="the moon"), progress.step("rocket") as step:
        progress.until(step, lambda: "the moon", timeout=5)
    assert text.getvalue().splitlines()[-1] == "rocket: failed after 5.0 s"
    assert WaitError.exit_code == ExitCode.FAILED
