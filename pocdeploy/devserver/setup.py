"""What the development server needs first: programs that end well, a virtualenv, free ports."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pocdeploy import filelock
from pocdeploy.errors import Finding, PocdeployError

HOST = "127.0.0.1"
INSTALL_TIMEOUT = 3600.0  # seconds
Log = Callable[[str], None]


def step(
    name: str, command: Sequence[str], env: Mapping[str, str], *, cwd: Path | None = None, text: str | None = None
) -> str:
    """Run ``command`` with ``text`` as its input; give its output, or raise PocdeployError with the end of it."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        input=text or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        end = "\n".join(done.stdout.strip().splitlines()[-10:])
        raise PocdeployError([Finding(where=name, what=f"failed with exit code {done.returncode}", actual=end)])
    return done.stdout


def ensure_venv(requirements: Path, venv: Path, *, log: Log) -> Path:
    """Make the virtualenv ``venv`` with the packages of ``requirements``, unless it has them; give its Python.

    Raises PocdeployError if there is no such file or pip fails. Two runs at the same time wait for each other.
    """
    if not requirements.is_file():
        raise PocdeployError([Finding(where=str(requirements), what="there is no such file, so nothing to install")])
    wanted = hashlib.sha256(f"{sys.version}\0".encode() + requirements.read_bytes()).hexdigest()
    python, marker = venv / "bin" / "python", venv / "installed.sha256"
    purpose = f"install packages into {venv}"
    with filelock.hold(venv.parent / f".{venv.name}.lock", purpose, timeout=INSTALL_TIMEOUT):
        if not marker.is_file() or marker.read_text() != wanted:
            log(f"installing {requirements.name} into {venv}")
            step("python -m venv", [sys.executable, "-m", "venv", "--clear", str(venv)], os.environ)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            step("pip install", [*pip, "-r", str(requirements)], os.environ)
            marker.write_text(wanted)  # last: after a failure or a kill all is made again
    return python


def port_findings(port: int) -> list[Finding]:
    """What is wrong with ``port`` on 127.0.0.1: nothing, or one finding that names a free one."""
    try:
        _bind(port)
    except OSError as error:
        what = f"cannot be used on {HOST}: {(error.strerror or str(error)).lower()}"
        fix = f"python -m pocdeploy dev --port {_bind(0)}"
        return [Finding(where=f"port {port}", what=what, expected="a free port", fix=fix)]
    return []


def port_after(port: int) -> int:
    """Give the port after ``port``, or another free one if that is taken."""
    try:
        return _bind(port + 1)
    except (OSError, OverflowError):
        return _bind(0)


def _bind(port: int) -> int:
    """Take ``port`` (0: any) for a moment and give its number; raises OSError if it cannot be had."""
    with closing(socket.socket()) as server:
        # As gunicorn does: connections of an earlier run that are still being closed are no obstacle.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST, port))
        server.listen()
        return int(server.getsockname()[1])
