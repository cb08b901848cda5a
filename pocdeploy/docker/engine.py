"""Make sure that a Docker Engine answers; offer to install and start one from the system's own packages."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pocdeploy import process
from pocdeploy.docker import install as docker_install
from pocdeploy.errors import Finding, PreflightError

PAGE = "https://docs.docker.com/engine/install/"
# Seconds for one question to the daemon, and how often a freshly started one is asked, once a second.
_DOCKER_TIMEOUT = 20.0
_ATTEMPTS = 30
# What asks the daemon whether it is there.
VERSION = ("docker", "version", "--format", "{{.Server.Version}}")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _has(program: str) -> bool:
    # The daemon is in a folder that only root has in PATH on some systems.
    return (
        shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin") is not None
    )


def _ask(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


@dataclass(frozen=True, kw_only=True)
class Machine:
    """All that the check asks of the machine; tests hand in another one."""

    run: process.Run = process.run
    has: Callable[[str], bool] = _has
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    system: str = field(default_factory=platform.system)
    """``Linux`` or ``Darwin``, as Python's ``platform.system()`` says."""
    os_release: str = field(default_factory=docker_install.read_os_release)
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    has_systemd: bool = field(default_factory=lambda: Path("/run/systemd/system").is_dir())
    is_terminal: Callable[[], bool] = _is_terminal
    ask: Callable[[str], str] = _ask
    wait: Callable[[float], None] = time.sleep
    log: Callable[[str], None] = print


def check_docker(*, assume_yes: bool = False, machine: Machine | None = None) -> str:
    """Give the version of the Docker Engine that answers, after installing or starting one if the user agrees.

    ``assume_yes``, or ``YES=1`` in the environment, agrees; without it the user is asked if there is a terminal.
    Raises PreflightError that says what is wrong and which commands mend it.
    """
    machine = machine or Machine()
    answer = _ask_daemon(machine)
    if answer.code == 0:
        return answer.stdout.strip()
    missing = answer.code == process.NOT_FOUND
    if not missing:
        _refuse_what_starting_cannot_mend(answer.stderr, machine)
    what = "is not installed" if missing else "is installed, but does not answer"
    steps = _steps(machine, install=missing or not machine.has("dockerd"))
    if not steps:
        raise PreflightError([Finding(where="docker", what=what, actual=_last_line(answer), fix=_advice(machine))])
    _agree(what, steps, answer, machine, assume_yes=assume_yes)
    _carry_out(steps, machine)
    return _wait_for_daemon(machine)


def _ask_daemon(machine: Machine) -> process.Result:
    answer = machine.run(VERSION, timeout=_DOCKER_TIMEOUT)
    if answer.code == 0 and not answer.stdout.strip():
        return process.Result(code=1, stderr="docker version names no server")
    return answer


def _last_line(answer: process.Result) -> str | None:
    lines = answer.stderr.strip().splitlines()
    return lines[-1][:300] if lines else None


def _refuse_what_starting_cannot_mend(stderr: str, machine: Machine) -> None:
    got = stderr.strip()[-300:]
    if "permission denied" in stderr.lower():
        finding = Finding(
            where="docker",
            what="is running, but this user may not talk to it",
            actual=got,
            expected="a user in the group docker (who can thereby become root on this machine)",
            fix="sudo usermod -aG docker $USER   and then log in again (or for this shell: newgrp docker)",
        )
        raise PreflightError([finding])
    host = machine.environ.get("DOCKER_HOST", "")
    if host:
        finding = Finding(
            where="DOCKER_HOST",
            what="the Docker Engine at this address does not answer",
            actual=f"{host}: {got}",
            fix="start it, or: unset DOCKER_HOST",
        )
        raise PreflightError([finding])


def _steps(machine: Machine, *, install: bool) -> list[list[str]]:
    """Give the commands that install (if asked for) and start Docker on this system; none if it is not known."""
    if machine.system != "Linux":
        return []
    packages = docker_install.install_commands(machine.os_release)
    if install and not packages:
        return []
    start = docker_install.start_command(has_systemd=machine.has_systemd, has_service=machine.has("service"))
    sudo = [] if machine.is_root else ["sudo"]
    return [[*sudo, *command] for command in (*(packages if install else []), start)]


def _advice(machine: Machine) -> str:
    if machine.system == "Darwin":
        return f"brew install colima docker && colima start   (or Docker Desktop: {PAGE})"
    return f"install and start Docker Engine: {PAGE}"


def _agree(what: str, steps: list[list[str]], answer: process.Result, machine: Machine, *, assume_yes: bool) -> None:
    """Return if the user agrees to ``steps``, raise PreflightError otherwise."""
    lines = [shlex.join(step) for step in steps]
    can_run = machine.is_root or machine.has("sudo")
    if can_run and (assume_yes or machine.environ.get("YES", "").lower() in {"1", "y", "yes", "true"}):
        return
    if can_run and machine.is_terminal():
        shown = "\n".join(f"    {line}" for line in lines)
        if machine.ask(f"Docker {what}. Run these commands now?\n{shown}\n[y/N] ").strip().lower() in {"y", "yes"}:
            return
    finding = Finding(
        where="docker",
        what=what,
        actual=_last_line(answer),
        expected="YES=1, which runs these commands without a question" if can_run else "root, as sudo is not installed",
        fix=" && ".join(lines) if can_run else " && ".join(lines).replace("sudo ", ""),
    )
    raise PreflightError([finding])


def _carry_out(steps: list[list[str]], machine: Machine) -> None:
    for step in steps:
        machine.log(f"docker: {shlex.join(step)}")
        result = machine.run(step, show=True)
        if result.code:
            what = f"this command ended with {result.code}: {shlex.join(step)}"
            raise PreflightError([Finding(where="docker", what=what, fix=f"see its output above, or {PAGE}")])


def _wait_for_daemon(machine: Machine) -> str:
    answer = _ask_daemon(machine)
    for _ in range(_ATTEMPTS):
        if answer.code == 0:
            return answer.stdout.strip()
        _refuse_what_starting_cannot_mend(answer.stderr, machine)
        machine.wait(1.0)
        answer = _ask_daemon(machine)
    log = "journalctl -u docker" if machine.has_systemd else f"cat {docker_install.LOG}"
    what = f"was started, but did not answer within {_ATTEMPTS} s"
    raise PreflightError([Finding(where="docker", what=what, actual=_last_line(answer), fix=log)])
