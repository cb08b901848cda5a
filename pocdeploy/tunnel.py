"""Tunnel programs of others: they give a port of this machine a public address, as long as they run."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from pocdeploy.errors import ExitCode, Finding, PocdeployError, PreflightError

PROGRAMS = {
    "cloudflared": ("tunnel", "--no-autoupdate", "--url", "http://127.0.0.1:{port}"),
    "tailscale": ("funnel", "{port}"),
}
"""Program -> its arguments; it has to write the public address."""
ADDRESS = re.compile(r"https://[a-z0-9.-]+\.(?:trycloudflare\.com|ts\.net)\b")
TIMEOUT = 30.0  # seconds
STOP_TIMEOUT = 10.0  # seconds
SHOWN = 10
"""Lines of a program's output that an error shows."""


class TunnelError(PocdeployError):
    """A tunnel program ended, or named no address."""

    headline = "There is no tunnel"
    exit_code = ExitCode.FAILED


def installed() -> list[str]:
    """Return the tunnel programs on PATH."""
    return [name for name in PROGRAMS if shutil.which(name)]


@contextmanager
def opened(program: str, port: int, *, timeout: float = TIMEOUT) -> Iterator[str]:
    """Run a tunnel to ``port`` of 127.0.0.1 while the block runs; yield its public address.

    Raises PreflightError if the program is not installed, TunnelError if it names no address within
    ``timeout`` seconds.
    """
    path = shutil.which(program)
    if path is None:
        expected = f"one of {', '.join(PROGRAMS)} on PATH; without --through, phones in the same network reach it"
        raise PreflightError([Finding(where=program, what="is not installed", expected=expected)])
    arguments = [argument.format(port=port) for argument in PROGRAMS[program]]
    process = subprocess.Popen(
        [path, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C is for this process, which ends the program in order
    )
    try:
        yield _address(program, process, timeout)
    finally:
        _end(process)


def _address(program: str, process: subprocess.Popen[str], timeout: float) -> str:
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    seen: list[str] = []
    deadline = time.monotonic() + timeout
    while (rest := deadline - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=rest)
        except queue.Empty:
            break
        if line is None:
            break
        if found := ADDRESS.search(line):
            return found[0]
        seen.append(line)
    last = "\n".join(line.strip() for line in seen[-SHOWN:])
    what = f"named no address within {timeout:.0f} s" if process.poll() is None else "ended"
    raise TunnelError([Finding(where=program, what=what, actual=last or "it wrote nothing")])


def _read(output: IO[str] | None, lines: queue.SimpleQueue[str | None]) -> None:
    """Pass lines on until the program ends: its pipe must not become full."""
    for line in output or ():
        lines.put(line)
    lines.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    """End the program, as Ctrl-C does, so that it closes its tunnel."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
