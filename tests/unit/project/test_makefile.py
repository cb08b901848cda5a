"""The Makefile: one line a target, each a command of pocdeploy; nothing executes what a variable contains."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.cli import app as cli_app
from tests import __main__ as runner
from tests.paths import ROOT

TEXT = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", TEXT, flags=re.M))
COMMANDS = {name.replace("_", "-") for names in cli_app.COMMANDS.values() for name in names}
STAMPS = ("runtime", "serve", "dev")
VARIABLES = (
    "STACK",
    "APP",
    "ARGS",
    "PORT",
    "YES",
    "PR",
    "COMMIT",
    "IMAGE",
    "REPOSITORY",
    "TTL",
    "BUMP",
    "FORGE",
    "JOBS",
    "KEY",
    "VALUE",
)
PASSED_ON = {"POCDEPLOY_ARGS", "POCDEPLOY_KEY", "POCDEPLOY_VALUE"}
"""Variables with values for the command line, which reads no other names: KEY may have another use in a shell."""
HOSTILE = (
    "x; touch pwned",
    "$(shell touch pwned)",
    "${shell touch pwned}",
    "$(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; "',
    "'; touch pwned; '",
    "x && touch pwned",
    "two  words",
    "$HOME $$ % # \\ é",
)
PYTHON = """#!{python}
import json, os, sys
with open("calls.jsonl", "a") as calls:
    calls.write(json.dumps([sys.argv[1:], dict(os.environ)]) + "\\n")
"""


class Checkout:
    """A folder with the Makefile, and a virtualenv whose Python records how it is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "Makefile", folder)
        for name in ("requirements.txt", "requirements-serve.txt", "requirements-dev.txt"):
            (folder / name).touch()
        (folder / ".venv" / "bin").mkdir(parents=True)
        for name in ("python", "pip", "ruff", "mypy", "lint-imports"):
            program = folder / ".venv" / "bin" / name
            program.write_text(PYTHON.format(python=sys.executable))
            program.chmod(0o755)
        for name in STAMPS:
            (folder / ".venv" / f".installed-{name}").touch()

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        command = ["make", "--no-print-directory", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env={**kept, **variables}, capture_output=True, text=True, check=False
        )

    def calls(self) -> list[tuple[list[str], dict[str, Any]]]:
        """Return arguments and environment of each call, and forget them."""
        file = self.folder / "calls.jsonl"
        found = [tuple(json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []
        file.unlink(missing_ok=True)
        return found


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_every_target_is_a_command_of_pocdeploy_or_of_the_tests(checkout: Checkout) -> None:
    called: dict[str, list[str]] = {}
    for target in sorted(TARGETS - {"help", "check", "clean"}):
        done = checkout.make(target)
        assert done.returncode == 0, done.stderr
        called[target] = [" ".join(arguments) for arguments, _ in checkout.calls()]

    style = {
        "check-style": ["check", "format --check"],
        "check-types": [""],
        "check-imports": ["--no-logo"],
        "check-english": ["tools/plain_english.py"],
        "fix": ["check --fix", "format"],
    }
    tests = {"test": ["-m tests"], **{target: [f"-m tests {target}"] for target in runner.TARGETS}}
    commands = {target: [f"-m pocdeploy {target}"] for target in TARGETS & COMMANDS}
    assert called == {**style, **tests, **commands, "image-check": ["-m pocdeploy image --no-push"]}


def test_every_command_has_a_target() -> None:
    # Their output is for a shell, or they have one in `make env-up`.
    assert {"env", "tools", "env-comment"} == COMMANDS - TARGETS


def test_check_runs_all_checks(checkout: Checkout) -> None:
    assert checkout.make("check").returncode == 0
    assert [" ".join(arguments) for arguments, _ in checkout.calls()] == [
        "check",
        "format --check",
        "",
        "--no-logo",
        "tools/plain_english.py",
        "-m pocdeploy lint-workflows",
    ]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("how", ["argument", "environment"])
def test_no_variable_is_executed(checkout: Checkout, text: str, how: str) -> None:
    given = dict.fromkeys(VARIABLES, text)
    pairs = [f"{name}={text}" for name in VARIABLES]
    done = checkout.make("up", *pairs) if how == "argument" else checkout.make("up", **given)
    assert done.returncode == 0, done.stderr
    ((arguments, environment),) = checkout.calls()
    assert arguments == ["-m", "pocdeploy", "up"]
    expected = given | dict.fromkeys(PASSED_ON, text)
    assert {name: environment[name] for name in expected} == expected
    assert sorted(path.name for path in checkout.folder.iterdir()) == sorted(
        [".venv", "Makefile", "requirements.txt", "requirements-serve.txt", "requirements-dev.txt"]
    )


@pytest.mark.parametrize("text", HOSTILE[:-2])
def test_help_and_the_name_of_python_execute_nothing(checkout: Checkout, text: str) -> None:
    assert checkout.make("help", f"STACK={text}").returncode == 0
    (checkout.folder / ".venv" / "bin" / "pip").unlink()
    assert checkout.make("up", f"PYTHON={text}").returncode != 0
    assert not (checkout.folder / "pwned").exists()


def test_clean_keeps_state_passphrase_and_data(checkout: Checkout) -> None:
    kept = [
        "state/dev.json",
        "passphrase",
        "clusters/test/kubeconfig",
        "dev/polls/data/PG_VERSION",
        "processes/dev/data/x",
    ]
    removed = ["bin/pulumi", "build/dev/x", "dev/polls/venv/x", "policies/x"]
    for name in (*kept, *removed):
        file = checkout.folder / ".pocdeploy" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert checkout.make("clean").returncode == 0

    assert not (checkout.folder / ".venv").exists()
    folder = checkout.folder / ".pocdeploy"
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == sorted(kept)


def test_no_recipe_names_a_variable_of_the_user() -> None:
    recipes = [line for line in TEXT.splitlines() if line.startswith("\t")]
    allowed = {"RUN", "TEST", "@", "<"}
    assert len(recipes) > 50
    assert {name for line in recipes for name in re.findall(r"(?<!\$)\$\(?([A-Za-z@<]+)", line)} <= allowed


def test_a_target_is_one_line() -> None:
    rules = re.findall(r"^([a-z][a-z0-9-]*):.*\n((?:\t.*\n?)*)", TEXT, flags=re.M)
    assert len(rules) == len(TARGETS)
    assert [name for name, body in rules if body.count("\n\t@")] == []


def test_help_lists_the_documented_targets(checkout: Checkout) -> None:
    shown = re.findall(r"^  make (\S+) +\S", checkout.make().stdout, flags=re.M)
    assert set(shown) == TARGETS - {"check-style", "check-types", "check-imports", "check-english"}
    assert len(shown) == len(set(shown))


def test_packages_are_installed_when_their_lock_file_is_newer(checkout: Checkout) -> None:
    os.utime(checkout.folder / ".venv" / ".installed-serve", (0, 0))
    assert checkout.make("dev").returncode == 0
    module = "-m pocdeploy.toolchain.virtualenv .venv"
    assert [" ".join(arguments) for arguments, _ in checkout.calls()] == [
        f"{module} requirements-serve.txt",
        "-m pocdeploy dev",
    ]


def test_the_runtime_is_installed_before_the_rest(checkout: Checkout) -> None:
    for name in STAMPS:
        (checkout.folder / ".venv" / f".installed-{name}").unlink()
    checkout.make("release", "-j4")
    last = [arguments[-1] for arguments, _ in checkout.calls()]
    assert last == ["requirements.txt", "requirements-dev.txt", "release"]


def test_an_old_python_is_named(checkout: Checkout) -> None:
    (checkout.folder / ".venv" / "bin" / "pip").unlink()
    python = checkout.folder / "python"
    older = "import sys; sys.version_info = (3, 9); exec(sys.argv[1])"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{older}" "$2"\n')
    python.chmod(0o755)
    done = checkout.make("up", "PYTHON=./python")
    assert (done.returncode, "Python 3.11 or newer is needed" in done.stderr) == (2, True)
    assert checkout.calls() == []
