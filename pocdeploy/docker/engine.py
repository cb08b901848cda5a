"""Make sure that a Docker Engine responds; offer to start one that is installed."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pocdeploy import process
from pocdeploy.errors import Finding, PreflightError

INSTALL_PAGE = "https://docs.docker.com/engine/install/"
VERSION = ("docker", "version", "--format", "{{.Server.Version}}")
DAEMON_LOG = "/var/log/dockerd.log"
_RESPONSE_TIMEOUT = 20.0
"""Seconds for one request to the daemon."""
_START_TIMEOUT = 30
"""Seconds until a daemon that was started responds."""


def check_docker(*, assume_yes: bool = False, log: Callable[[str], None] = print) -> str:
    """Return the version of the Docker Engine, after starting it if it is stopped and the user agrees.

    ``assume_yes``, or ``YES=1`` in the environment, agrees; without it the user is asked if there is a terminal.
    Raises PreflightError.
    """
    result = _ask_daemon()
    if result.code == 0:
        return result.stdout.strip()
    if finding := _unusable(result):
        raise PreflightError([finding])
    _agree(result, assume_yes=assume_yes)
    command = _start_command()
    log(f"docker: {shlex.join(command)}")
    started = process.run(command, show=True)
    if started.code:
        what = f"this command ended with {started.code}: {shlex.join(command)}"
        raise PreflightError([Finding(where="docker", what=what, fix=_log_command())])
    return _wait_for_daemon()


def problem() -> Finding | None:
    """Return why Docker cannot be used; None if the Docker Engine responds. Nothing is started."""
    result = _ask_daemon()
    return None if result.code == 0 else _unusable(result) or _stopped(result)


def _ask_daemon() -> process.Result:
    result = process.run(VERSION, timeout=_RESPONSE_TIMEOUT)
    if result.code == 0 and not result.stdout.strip():
        return process.Result(code=1, stderr="docker version names no server")
    return result


def _last_line(result: process.Result) -> str | None:
    lines = result.stderr.strip().splitlines()
    return lines[-1][:300] if lines else None


def _unusable(result: process.Result) -> Finding | None:
    """Return the problem of a Docker Engine that cannot be started from here; None for a stopped one."""
    actual = _last_line(result)
    host = os.environ.get("DOCKER_HOST", "")
    if "permission denied" in result.stderr.lower():
        return Finding(
            where="docker",
            what="is running, but this user may not use it",
            actual=actual,
            expected="a user in the group docker (which can become root on this machine); log in again after the fix",
            fix="sudo usermod -aG docker $USER",
        )
    if result.code != process.NOT_FOUND and host:
        what = "the Docker Engine at this address does not respond"
        return Finding(where="DOCKER_HOST", what=what, actual=f"{host}: {actual}", fix="unset DOCKER_HOST")
    if result.code != process.NOT_FOUND and (context := _context()) != "default":
        what = f"the engine of the context {context} does not respond"
        expected = "this engine, started; or another context: docker context use default"
        return Finding(where="docker", what=what, actual=actual, expected=expected, fix=_start_of(context))
    if platform.system() == "Darwin":
        what = "is not installed" if result.code == process.NOT_FOUND else "is installed, but does not respond"
        fix = f"brew install colima docker && colima start   (or Docker Desktop: {INSTALL_PAGE})"
        return Finding(where="docker", what=what, actual=actual, fix=fix)
    if result.code == process.NOT_FOUND or not _has("dockerd"):
        what = "is not installed" if result.code == process.NOT_FOUND else "has no engine (dockerd) on this machine"
        fix = f"install Docker Engine: {INSTALL_PAGE}"
        return Finding(where="docker", what=what, actual=actual, expected="a running Docker Engine", fix=fix)
    return None


def _context() -> str:
    """Return the context that the Docker CLI uses."""
    if named := os.environ.get("DOCKER_CONTEXT"):
        return named
    folder = os.environ.get("DOCKER_CONFIG")
    try:
        file = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
        return str(json.loads(file.read_text("utf-8")).get("currentContext") or "default")
    except (OSError, ValueError, RuntimeError, AttributeError):  # RuntimeError: there is no home
        return "default"


def _start_of(context: str) -> str:
    """Return the command that starts the engine of a context; that of an unknown one shows where it is."""
    name, _, profile = context.partition("-")
    if name == "colima":
        return f"colima start {profile}".strip()
    if context == "desktop-linux":
        return "open -a Docker" if platform.system() == "Darwin" else "systemctl --user start docker-desktop"
    return "systemctl --user start docker" if context == "rootless" else f"docker context inspect {context}"


def _stopped(result: process.Result) -> Finding:
    root = "root, as sudo is not installed"
    return Finding(
        where="docker",
        what="is installed, but does not respond",
        actual=_last_line(result),
        expected="YES=1, which runs this command without a question" if _may_become_root() else root,
        fix=shlex.join(_start_command()),
    )


def _start_command() -> list[str]:
    sudo = ["sudo"] if not _is_root() and _has("sudo") else []
    if _has_systemd():
        return [*sudo, "systemctl", "enable", "--now", "docker"]
    # A session of its own, so that Ctrl-C in this terminal does not stop the daemon.
    command = f"nohup setsid dockerd >{DAEMON_LOG} 2>&1 &"
    if _has("service"):
        # In a container there may be the program, but no init script that works.
        command = f"service docker start || {command}"
    return [*sudo, "sh", "-c", command]


def _log_command() -> str:
    return "journalctl --unit docker" if _has_systemd() else f"cat {DAEMON_LOG}"


def _agree(result: process.Result, *, assume_yes: bool) -> None:
    """Return if the user agrees to start Docker; raise PreflightError otherwise."""
    finding = _stopped(result)
    if _may_become_root():
        if assume_yes or os.environ.get("YES", "").lower() in {"1", "y", "yes", "true"}:
            return
        question = f"Docker {finding.what}. Run this command now?\n    {finding.fix}\n[y/N] "
        if _is_terminal() and _ask(question).strip().lower() in {"y", "yes"}:
            return
    raise PreflightError([finding])


def _wait_for_daemon() -> str:
    deadline = time.monotonic() + _START_TIMEOUT
    while (result := _ask_daemon()).code:
        if (finding := _unusable(result)) is not None:
            raise PreflightError([finding])
        if time.monotonic() >= deadline:
            what = f"was started, but did not respond within {_START_TIMEOUT} s"
            raise PreflightError([Finding(where="docker", what=what, actual=_last_line(result), fix=_log_command())])
        time.sleep(1.0)
    return result.stdout.strip()


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


def _has(program: str) -> bool:
    # The daemon is in a folder that only root has in PATH on some systems.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(program, path=path) is not None


def _has_systemd() -> bool:
    return Path("/run/systemd/system").is_dir()


def _is_root() -> bool:
    return os.geteuid() == 0


def _may_become_root() -> bool:
    return _is_root() or _has("sudo")
