"""Options that all commands have, progress on and off a terminal, JSON of results and errors, exit codes."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from pocdeploy import process
from pocdeploy.cli import app
from pocdeploy.cli.common_options import take_common_options
from pocdeploy.console import Progress, WaitError
from pocdeploy.diagnostics import result as diagnostics_result
from pocdeploy.diagnostics.result import Severity, exit_code, fail, ok, warn
from pocdeploy.errors import ExitCode, Finding, PocdeployError, PreflightError
from tests.unit.fakes import Time


@pytest.mark.parametrize(
    ("arguments", "rest", "params"),
    [
        (["--json"], [], {"json": True}),
        (["-q", "--diff"], ["--diff"], {"quiet": True}),
        (["-vv"], [], {"verbose": 2}),
        (["-v", "--target", "x", "-v"], ["--target", "x"], {"verbose": 2}),
        (["-v", "9"], ["-v", "9"], {}),
        (["-v=9"], ["-v=9"], {}),
        (["--", "--json", "-q"], ["--", "--json", "-q"], {}),
        (["--jsonx"], ["--jsonx"], {}),
    ],
)
def test_common_options_are_taken_from_behind_the_command(
    arguments: list[str], rest: list[str], params: dict[str, Any]
) -> None:
    found: dict[str, Any] = {}
    assert (take_common_options(found, arguments, own=()), found) == (rest, params)


def test_an_option_of_the_commands_own_is_its_own() -> None:
    found: dict[str, Any] = {}
    assert take_common_options(found, ["--json", "-q"], own={"--json"}) == ["--json"]
    assert found == {"quiet": True}


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


OUTCOMES = [ok("a", "fine"), warn("b", "so so", why="w"), fail("c", "bad [x]", fix="mend", repair=lambda: "did")]


@pytest.mark.parametrize(("count", "strict", "code"), [(1, False, 0), (2, False, 0), (2, True, 1), (3, False, 1)])
def test_exit_codes_of_checks(count: int, code: int, *, strict: bool) -> None:
    assert exit_code(OUTCOMES[:count], strict=strict) == code
    assert exit_code([]) == 0


def test_outcomes_are_a_table_on_a_terminal_lines_elsewhere_and_json() -> None:
    to, text = console(terminal=True)
    diagnostics_result.show(OUTCOMES, to)
    assert "→ mend" in text.getvalue()
    to, text = console(terminal=False)
    diagnostics_result.show(OUTCOMES, to, all_of_them=False)
    assert text.getvalue().splitlines() == [
        "warn  b: so so",
        "       why: w",
        "fail  c: bad [x]",
        "       fix: mend",
        "1 ok, 1 warn, 1 fail",
    ]
    document = json.loads(diagnostics_result.as_json(OUTCOMES, stack="dev"))
    assert (document["result"], document["stack"]) == ("fail", "dev")
    assert document["checks"][2] == {
        "check": "c",
        "severity": "fail",
        "what": "bad [x]",
        "why": None,
        "fix": "mend",
        "repairable": True,
    }
    assert diagnostics_result.worst([]) is Severity.OK


@pytest.mark.parametrize(("error", "code"), [(PreflightError, 2), (WaitError, 1)])
def test_an_error_is_json_too_and_has_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[PocdeployError], code: int
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error([Finding(where="docker", what="is not installed", fix="apt")])

    monkeypatch.setattr(app.install, "ensure", broken)
    result = CliRunner().invoke(app.app, ["--root", str(tmp_path), "tools", "--json"])
    assert result.exit_code == code
    assert json.loads(result.stdout)["findings"][0]["where"] == "docker"
    assert "docker: is not installed" in result.stderr


def test_every_command_knows_json_and_levels() -> None:
    """They are the group's, so that no command can lack them; none may take one of the names for something else."""
    group = typer.main.get_command(app.app)
    assert {"json", "quiet", "verbose"} <= {parameter.name for parameter in group.params}
    taken = {
        (name, option)
        for name, command in group.commands.items()  # type: ignore[attr-defined]
        for parameter in command.params
        for option in parameter.opts
        if option in {"-q", "-v", "--quiet", "--verbose"}
    }
    assert taken == set()


def test_vv_shows_every_command_that_is_run_with_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app.install, "ensure", lambda *_, **__: process.run(["true", "a b"]))
    monkeypatch.setattr(app.install, "find", lambda *_: "x")
    logger = logging.getLogger("pocdeploy")
    before = logger.level
    try:
        CliRunner().invoke(app.app, ["--root", str(tmp_path), "tools", "-v"])
        assert "$ true" not in caplog.text
        CliRunner().invoke(app.app, ["--root", str(tmp_path), "tools", "-vv"])
        assert "$ true 'a b'  -> 0 in" in caplog.text
    finally:
        logger.setLevel(before)
