"""Commands: a list of words, or a line for a shell."""

from __future__ import annotations

import subprocess

import pytest

from pocdeploy.config.commands import is_shell, shell


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("celery -A shop worker", "exec celery -A shop worker"),
        ("  rq worker ", "exec rq worker"),
        ("cd backend && celery worker", "cd backend && celery worker"),
        ("QUEUE=mail ./work", "QUEUE=mail ./work"),
        ("./work | tee log", "./work | tee log"),
        ('gunicorn --bind ":$PORT" app', 'exec gunicorn --bind ":$PORT" app'),
    ],
)
def test_single_command_replaces_the_shell(line: str, expected: str) -> None:
    assert shell(line) == ("sh", "-c", expected)


def test_lines_run_in_a_real_shell() -> None:
    lines = ("echo $PORT", "cd / && echo $PORT", "OTHER=1 sh -c 'echo $PORT'")
    environment = {"PORT": "8000", "PATH": "/usr/bin:/bin"}
    found = [subprocess.check_output(shell(line), env=environment, text=True) for line in lines]

    assert found == ["8000\n"] * 3


def test_only_a_line_of_a_shell_is_one() -> None:
    assert is_shell(shell("date"))
    assert is_shell(("/bin/bash", "-lc", "date"))
    assert not is_shell(("python", "-c", "print()"))
    assert not is_shell(("sh", "script.sh"))
