"""Run other programs; tests hand in a fake with the same signature."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

NOT_FOUND = 127
TIMED_OUT = 124
LOG = logging.getLogger("pocdeploy.commands")
"""Every program that is run: shown with -vv. No command line of this project has a secret in it."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a program ended, with what it wrote if that was captured."""

    code: int
    stdout: str = ""
    stderr: str = ""


class Run(Protocol):
    """The signature of ``run``."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        show: bool = False,
        timeout: float | None = None,
    ) -> Result:
        """Run ``command`` and wait for its end."""
        ...


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    show: bool = False,
    timeout: float | None = None,
) -> Result:
    """Run ``command`` in ``cwd``, with ``env`` added to the environment, for at most ``timeout`` seconds.

    With ``show`` its output goes to the terminal and its input comes from there; else the output is captured and the
    input is empty. Does not raise: a program that is missing or cannot be started gives code 127, one that takes too
    long is killed and gives 124, both with a sentence in ``stderr``.
    """
    began = time.monotonic()
    result = _run(command, cwd=cwd, env=env, show=show, timeout=timeout)
    LOG.debug("$ %s  -> %d in %.2f s", shlex.join(command), result.code, time.monotonic() - began)
    return result


def _run(
    command: Sequence[str], *, cwd: Path | None, env: Mapping[str, str] | None, show: bool, timeout: float | None
) -> Result:
    pipe = None if show else subprocess.PIPE
    try:
        done = subprocess.run(
            list(command),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=None if show else subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        return Result(code=NOT_FOUND, stderr=f"{command[0]}: {error.strerror or error}")
    except subprocess.TimeoutExpired:
        return Result(code=TIMED_OUT, stderr=f"{command[0]} did not answer within {timeout:.0f} s")
    return Result(code=done.returncode, stdout=done.stdout or "", stderr=done.stderr or "")


def foreground(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: IO[str] | None = None) -> int:
    """Run ``command`` on this terminal with exactly the environment ``env``; return its exit code.

    With ``stdout`` its output goes into that file. Ctrl-C is left to the program: it gets the signal itself, may take
    its time to end well, and is waited for. Raises OSError if it cannot be started.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(list(command), cwd=cwd, env=dict(env), stdout=stdout, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)
