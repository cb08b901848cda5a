"""Run other programs."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

NOT_FOUND = 127
TIMED_OUT = 124
_CHUNK_SIZE = 1 << 20
LOG = logging.getLogger("pocdeploy.commands")
"""All command lines, which -vv shows. No command line of this project contains a secret."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """Exit code of a program, and its output if that was captured."""

    code: int
    stdout: str = ""
    stderr: str = ""


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    show: bool = False,
    timeout: float | None = None,
    stdin: str = "",
) -> Result:
    """Run ``command`` in ``cwd``, with ``env`` added to the environment, for at most ``timeout`` seconds.

    With ``show`` the program uses the terminal; otherwise its output is captured, and ``stdin`` is its input. Does not
    raise: the code of a program that cannot be started is 127, that of one that was killed after ``timeout`` is 124,
    both with a sentence in ``stderr``.
    """
    began = time.monotonic()
    result = _run(command, cwd=cwd, env=env, show=show, timeout=timeout, stdin=stdin)
    LOG.debug("$ %s  -> %d in %.2f s", shlex.join(command), result.code, time.monotonic() - began)
    return result


def _run(
    command: Sequence[str],
    *,
    cwd: Path | None,
    env: Mapping[str, str] | None,
    show: bool,
    timeout: float | None,
    stdin: str,
) -> Result:
    pipe = None if show else subprocess.PIPE
    try:
        done = subprocess.run(
            list(command),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            input=None if show else stdin,
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
    with _ctrl_c_left_to_the_program():
        return subprocess.run(list(command), cwd=cwd, env=dict(env), stdout=stdout, check=False).returncode


def follow(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    line: Callable[[str], None],
    idle: Callable[[], None],
    pause: float = 0.2,
) -> int:
    """Run ``command`` like ``foreground``, but give each line of its stdout and stderr to ``line``.

    ``idle`` is called every ``pause`` seconds. The program writes into a file without a name, not into a pipe: if this
    process is killed, the program goes on to its end.
    """
    with tempfile.TemporaryFile(buffering=0) as output, _ctrl_c_left_to_the_program():
        program = subprocess.Popen(
            list(command), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        read, rest = 0, b""
        while True:
            try:
                ended = program.wait(timeout=pause) is not None
            except subprocess.TimeoutExpired:
                ended = False
            # The file's own position is where the program writes.
            while chunk := os.pread(output.fileno(), _CHUNK_SIZE, read):
                read += len(chunk)
                *complete, rest = (rest + chunk).split(b"\n")
                for each in complete:
                    line(each.decode("utf-8", "replace"))
            idle()
            if ended:
                if rest:
                    line(rest.decode("utf-8", "replace"))
                return program.returncode


@contextmanager
def _ctrl_c_left_to_the_program() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
