"""Run the processes of an application in the foreground, and wait until it serves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from pocdeploy import http
from pocdeploy.config import AppSettings
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.processes.command import with_values
from pocdeploy.processes.not_started import not_started
from pocdeploy.processes.setup import HOST

STOP_TIMEOUT = 25.0  # seconds; more than the application's graceful_timeout of 20 s
POLL_INTERVAL = 0.05  # seconds
READY_INTERVAL = 0.2  # seconds
REQUEST_TIMEOUT = 5.0  # seconds


@contextmanager
def running(
    name: str, command: Sequence[str], folder: Path, env: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of an application; stop it and all that it has started at the end of the block.

    Raises PocdeployError, with the ``name`` of the process, if it cannot be started.
    """
    words = with_values(command, env)
    try:
        # In its own session: only this process gets Ctrl-C, and stops everything in order.
        process = subprocess.Popen(words, cwd=folder, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        raise not_started(name, words, error, cwd=folder, path=env.get("PATH", os.defpath)) from error
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT)
        _end_group(process.pid)
        process.wait()


def _end_group(group: int) -> None:
    """End what a process has started and left behind, as a shell does; after `STOP_TIMEOUT` with SIGKILL."""
    deadline = time.monotonic() + STOP_TIMEOUT
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(POLL_INTERVAL)
        os.killpg(group, signal.SIGKILL)


def wait_until_ready(name: str, server: subprocess.Popen[bytes], port: int, app: AppSettings) -> None:
    """Return when the application is ready: at `readyPath`, or when its port is open.

    Raises PocdeployError if ``server``, called ``name``, ends before, or is not ready after `startSeconds`.
    """
    deadline = time.monotonic() + app.start_seconds
    while True:
        check_runs(name, server)
        answer = _answer(port, app)
        if answer is None:
            return
        if time.monotonic() > deadline:
            expected = f"200 at {app.ready_path} (readyPath)" if app.ready_path else f"a program that listens on {port}"
            what = f"is not ready after {app.start_seconds} s (startSeconds); its output is above"
            raise PocdeployError([Finding(where=name, what=what, actual=answer, expected=expected)])
        time.sleep(READY_INTERVAL)


def _answer(port: int, app: AppSettings) -> str | None:
    """Return what is wrong with the answer of the application; None if it is ready."""
    with closing(socket.socket()) as client:
        if client.connect_ex((HOST, port)) != 0:
            return f"nothing listens on {HOST}:{port}"
    if app.ready_path is None:
        return None
    url = f"http://localhost:{port}{app.ready_path}"
    try:
        with http.request("GET", url, timeout=REQUEST_TIMEOUT, use_proxies=False) as response:
            return None if response.status_code == 200 else f"status {response.status_code} at {app.ready_path}"
    except http.HttpError as error:
        return str(error)


def check_runs(name: str, server: subprocess.Popen[bytes]) -> None:
    """Raise PocdeployError if the server ``name`` has ended."""
    if (code := server.poll()) is not None:
        _fail_ended(name, code)


def _fail_ended(name: str, code: int) -> NoReturn:
    what = f"ended with exit code {code}; its output is above"
    raise PocdeployError([Finding(where=name, what=what)])
