"""Preparations of the development server: programs, a virtualenv, free ports."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pocdeploy import filelock
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.processes.not_started import not_started
from pocdeploy.processes.packages import content, interpreter, requirements
from pocdeploy.toolchain import cache

HOST = "127.0.0.1"
INSTALL_TIMEOUT = 3600.0  # seconds


def log(line: str) -> None:
    """Write a line of progress to stdout."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def step(
    name: str, command: Sequence[str], env: Mapping[str, str], *, cwd: Path | None = None, text: str | None = None
) -> str:
    """Run ``command`` with the input ``text``; return its output, or raise PocdeployError with its last lines."""
    try:
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
    except OSError as error:
        raise not_started(name, command, error, cwd=cwd, path=env.get("PATH", os.defpath)) from error
    if done.returncode:
        end = "\n".join(done.stdout.strip().splitlines()[-10:])
        raise PocdeployError([Finding(where=name, what=f"failed with exit code {done.returncode}", actual=end)])
    return done.stdout


def ready_venv(
    requirements: Path,
    name: str,
    *,
    otherwise: Path,
    log: Callable[[str], None] = log,
    python: str = sys.executable,
    tree: Path | None = None,
) -> Path:
    """Return the Python of a virtualenv with the packages of ``requirements``, made if need be.

    It is in the cache of the user, where clones and stacks with the same packages share one; in the folder
    ``otherwise`` if there is no cache. ``name`` is a part of its name. Otherwise like ``ensure_venv``.
    """
    made_of = [sys.version.encode(), sys.base_prefix.encode(), content(requirements)]
    made_of += [python.encode()] if python != sys.executable else []
    venv = (cache.folder("venvs") or otherwise) / f"{name}-{cache.key(made_of)}"
    return ensure_venv(requirements, venv, log=log, python=python, tree=tree)


def ensure_venv(
    requirements: Path,
    venv: Path,
    *,
    log: Callable[[str], None] = log,
    python: str = sys.executable,
    tree: Path | None = None,
) -> Path:
    """Create the virtualenv ``venv`` with the packages of ``requirements``, unless it has them; return its Python.

    ``python`` makes it. Paths in the list are those of ``tree``, the folder of the list by default.
    Raises PocdeployError if the file does not exist or pip fails. Two runs at the same time wait for each other.
    """
    other = "" if python == sys.executable else python
    wanted = hashlib.sha256(f"{sys.version}\0{other}".encode() + content(requirements)).hexdigest()
    own, marker = venv / "bin" / "python", venv / "installed.sha256"
    purpose = f"install packages into {venv}"
    with filelock.hold(venv.parent / f".{venv.name}.lock", purpose, timeout=INSTALL_TIMEOUT):
        if not marker.is_file() or marker.read_text() != wanted:
            log(f"installing {requirements.name} into {venv}")
            # The pip of this process installs into it: a virtualenv without its own is made in a tenth of the time,
            # and on Debian without the package python3-venv there is no other way.
            has_pip = importlib.util.find_spec("pip") is not None
            bare = ["--without-pip"] if has_pip else []
            step("python -m venv", [python, "-m", "venv", "--clear", *bare, str(venv)], os.environ)
            pip = [sys.executable, "-m", "pip", "--python", str(own)] if has_pip else [str(own), "-m", "pip"]
            options = ["--quiet", "--disable-pip-version-check", "-r", str(requirements.absolute())]
            step("pip install", [*pip, "install", *options], os.environ, cwd=tree or requirements.parent)
            marker.write_text(wanted)  # last: the next run after a failure starts again
    return own


def port_findings(port: int) -> list[Finding]:
    """Return a finding that names a free port if ``port`` cannot be used on 127.0.0.1."""
    try:
        _bind(port)
    except OSError as error:
        what = f"cannot be used on {HOST}: {(error.strerror or str(error)).lower()}"
        fix = f"python -m pocdeploy dev --port {_bind(0)}"
        return [Finding(where=f"port {port}", what=what, expected="a free port", fix=fix)]
    return []


def port_after(port: int) -> int:
    """Return the port after ``port``, or another free one if that is in use."""
    try:
        return _bind(port + 1)
    except (OSError, OverflowError):
        return _bind(0)


def allocate_port(first: int, used: Collection[int], *, exactly: bool = False) -> int:
    """Return the first free port from ``first`` on that is not in ``used``.

    With ``exactly`` it has to be ``first``: raises PreflightError if another program uses it.
    """
    for port in range(first, 65536):
        try:
            if port not in used:
                return _bind_soon(port) if exactly else _bind(port)
        except OSError as error:
            if exactly:
                other = allocate_port(port + 1, used)
                what = f"cannot be used on {HOST}: {(error.strerror or str(error)).lower()}"
                expected = f"a free port, for example `httpPort: {other}` below pocdeploy:cluster in the stack file"
                raise PreflightError([Finding(where=f"port {port}", what=what, expected=expected)]) from error
    return _bind(0)


def _bind_soon(port: int) -> int:
    """Bind ``port`` as ``_bind`` does, within 5 s: the workers of a server that was killed end a little later."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return _bind(port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _bind(port: int) -> int:
    """Bind ``port`` (0: any) for a moment and return its number; raises OSError if it is not available."""
    with closing(socket.socket()) as server:
        # As gunicorn does: connections of an earlier run may still be closing.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST, port))
        server.listen()
        return int(server.getsockname()[1])


def install(folder: Path, venv: Path, framework: str | None) -> None:
    """Install the packages of the application in ``folder``, in Python, into ``venv``.

    Raises PocdeployError if it has no list of packages, or pip fails.
    """
    python, notice = interpreter(folder)
    if notice:
        log(notice)
    ensure_venv(requirements(folder, framework), venv, python=python, tree=folder)
