"""The command line as a whole: commands, help, errors."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from pocdeploy import process
from pocdeploy.cli import app as cli_app
from pocdeploy.console import WaitError
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.toolchain import install
from tests.paths import ROOT
from tests.unit.cli.fakepulumi import Project

GROUP: Any = typer.main.get_command(cli_app.app)
COMMANDS: dict[str, Any] = GROUP.commands


def test_the_module_can_be_run() -> None:
    command = [sys.executable, "-m", "pocdeploy", "--help"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    for verb in ("up", "preview", "down", "outputs", "dev", "tools", "env"):
        assert f" {verb} " in done.stdout


def test_the_help_has_each_command_once_on_one_line() -> None:
    text = CliRunner().invoke(cli_app.app, ["--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).stdout
    rows = [line.strip("│ \n") for line in text.partition("─ Deploy")[2].splitlines() if line.startswith("│")]

    assert [row.split()[0] for row in rows] == list(COMMANDS)
    assert all(row.endswith((".", "..")) for row in rows), "a help text that needs two lines"
    assert [group for group in cli_app.COMMANDS if f"─ {group} ─" in text] == list(cli_app.COMMANDS)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_plain_text(name: str) -> None:
    command = COMMANDS.get(name, GROUP)
    texts = [command.help, *(getattr(parameter, "help", None) or "" for parameter in command.params)]

    assert [text for text in texts if "`" in text or "*" in text or "[" in text or "  " in text] == []
    assert all(text.endswith(".") for text in texts if text)


def test_no_command_takes_an_option_of_all_commands() -> None:
    assert {"json", "quiet", "verbose"} <= {parameter.name for parameter in GROUP.params}
    taken = {
        (name, option)
        for name, command in COMMANDS.items()
        for parameter in command.params
        for option in parameter.opts
        if option in {"-q", "-v", "--quiet", "--verbose", "--json"}
    }
    assert taken == set()


@pytest.mark.parametrize(("error", "code"), [(PreflightError, 2), (WaitError, 1)])
def test_an_error_is_json_too_and_has_its_exit_code(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: type[PocdeployError], code: int
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error([Finding(where="docker", what="is not installed", fix="apt")])

    monkeypatch.setattr(install, "ensure", broken)
    result = project.run("tools", "--json")
    assert result.exit_code == code
    assert json.loads(result.stdout)["findings"][0]["where"] == "docker"
    assert "docker: is not installed" in result.stderr


def test_vv_shows_every_command_that_is_run_with_its_end(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(install, "ensure", lambda *_, **__: process.run(["true", "a b"]))
    monkeypatch.setattr(install, "find", lambda *_: "x")
    logger = logging.getLogger("pocdeploy")
    before = logger.level
    try:
        project.run("tools", "-v")
        assert "$ true" not in caplog.text
        project.run("tools", "-vv")
        assert "$ true 'a b'  -> 0 in" in caplog.text
    finally:
        logger.setLevel(before)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", []), ("--diff --target 'urn:x y'", ["--diff", "--target", "urn:x y"]), ("$(touch x)", ["$(touch", "x)"])],
)
def test_arguments_of_make_are_split_and_added(monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str]) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(cli_app, "app", lambda *, args, prog_name: calls.append(args))
    monkeypatch.setattr(sys, "argv", ["pocdeploy", "up"])
    monkeypatch.setenv("POCDEPLOY_ARGS", text)
    cli_app.run()
    assert calls == [["up", *expected]]
    assert "POCDEPLOY_ARGS" not in os.environ


def test_arguments_with_an_open_quote_are_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POCDEPLOY_ARGS", "--target 'x")
    with pytest.raises(SystemExit) as caught:
        cli_app.run()
    assert (caught.value.code, capsys.readouterr().err) == (2, "ARGS: No closing quotation: --target 'x\n")
