"""`python -m tests`: layers one after the other or side by side, their times, and the exit code."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from tests import __main__ as runner


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """Two layers, of which the second one fails."""
    code = "import sys; print('arguments', sys.argv[1:]); sys.exit({})"
    made = {"good": ("-c", code.format(0)), "bad": ("-c", code.format(3))}
    monkeypatch.setattr(runner, "TARGETS", made)
    monkeypatch.setattr(runner, "ALL", tuple(made))
    return made


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, **variables: str) -> int:
    monkeypatch.setattr(sys, "argv", ["tests", *arguments])
    for name in ("JOBS", "POCDEPLOY_ARGS"):
        monkeypatch.setenv(name, variables.get(name, ""))
    return runner.main()


@pytest.mark.usefixtures("layers")
@pytest.mark.parametrize("jobs", ["", "1", "2"])
def test_all_layers_run_and_one_failure_fails_all(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], jobs: str
) -> None:
    assert run(monkeypatch, JOBS=jobs) == 3
    lines = re.sub(r"\d+ s", "N s", capfd.readouterr().out).splitlines()
    good = ["== good", "arguments []", "== good: N s"]
    bad = ["== bad", "arguments []", "== bad: N s, FAILED"]
    assert lines in ([*good, *bad], [*bad, *good])


@pytest.mark.usefixtures("layers")
def test_arguments_are_split_as_a_shell_does(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "good", POCDEPLOY_ARGS="-k 'a or b' $(x)") == 0
    assert "arguments ['-k', 'a or b', '$(x)']" in capfd.readouterr().out


def test_tests_do_not_see_the_arguments_again(monkeypatch: pytest.MonkeyPatch, layers: dict[str, Any]) -> None:
    layers["good"] = ("-c", "import os, sys; sys.exit('POCDEPLOY_ARGS' in os.environ)")
    assert run(monkeypatch, "good", POCDEPLOY_ARGS="-x") == 0
