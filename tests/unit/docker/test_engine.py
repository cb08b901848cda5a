"""The check of the Docker Engine, on machines that exist only as data: no command runs here."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pocdeploy import process
from pocdeploy.docker import engine
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.process import NOT_FOUND, TIMED_OUT, Result

MISSING = Result(code=NOT_FOUND, stderr="docker: No such file or directory")
STOPPED = Result(code=1, stderr="Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?\n")
DENIED = Result(code=1, stderr="permission denied while trying to connect to the Docker daemon socket\n")
RUNNING = Result(code=0, stdout="29.1.0\n")
SYSTEMD = "systemctl enable --now docker"
DAEMON = "nohup setsid dockerd >/var/log/dockerd.log 2>&1 &"


@dataclass
class Machine:
    """A Linux with systemd, sudo and an engine; ``answers`` of the daemon come one after the other."""

    answers: Sequence[Result] = (RUNNING,)
    """The last one is repeated."""
    code: int = 0
    """Exit code of all other commands."""
    reply: str = "n"
    system: str = "Linux"
    programs: Sequence[str] = ("sudo", "dockerd")
    is_root: bool = False
    has_systemd: bool = True
    is_terminal: bool = False
    ran: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, command: Sequence[str], **_: object) -> Result:
        if tuple(command) == engine.VERSION:
            answer, *rest = self.answers
            self.answers = rest or self.answers
            return answer
        self.ran.append(" ".join(command))
        return Result(code=self.code)

    def ask(self, question: str) -> str:
        self.questions.append(question)
        return self.reply

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    for name in ("YES", "DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", "/nowhere")
    monkeypatch.setattr(process, "run", made.run)
    monkeypatch.setattr(platform, "system", lambda: made.system)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if made.is_root else 1000)
    monkeypatch.setattr(time, "sleep", made.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: made.seconds)
    monkeypatch.setattr(engine, "_has", lambda program: program in made.programs)
    monkeypatch.setattr(engine, "_has_systemd", lambda: made.has_systemd)
    monkeypatch.setattr(engine, "_is_terminal", lambda: made.is_terminal)
    monkeypatch.setattr(engine, "_ask", made.ask)
    return made


def check(*, assume_yes: bool = False) -> str:
    return engine.check_docker(assume_yes=assume_yes, log=lambda _: None)


def finding(*, assume_yes: bool = False) -> Finding:
    with pytest.raises(PreflightError) as error:
        check(assume_yes=assume_yes)
    (found,) = error.value.findings
    return found


def test_nothing_runs_while_the_engine_responds(machine: Machine) -> None:
    assert check() == "29.1.0"
    assert engine.problem() is None
    assert machine.ran == []
    assert machine.questions == []


@pytest.mark.parametrize("assume_yes", [False, True])
def test_without_docker_the_message_has_the_link(machine: Machine, *, assume_yes: bool) -> None:
    machine.answers = [MISSING]
    found = finding(assume_yes=assume_yes)
    assert (found.where, found.what) == ("docker", "is not installed")
    assert found.fix == "install Docker Engine: https://docs.docker.com/engine/install/"
    assert machine.ran == []


def test_a_client_without_an_engine_gets_the_link_too(machine: Machine) -> None:
    machine.answers, machine.programs = [STOPPED], ["sudo"]
    found = finding(assume_yes=True)
    assert found.what == "has no engine (dockerd) on this machine"
    assert "https://docs.docker.com/engine/install/" in str(found.fix)
    assert machine.ran == []


@pytest.mark.parametrize(
    ("answer", "what"), [(MISSING, "is not installed"), (STOPPED, "is installed, but does not respond")]
)
def test_on_a_mac_the_message_has_the_command(machine: Machine, answer: Result, what: str) -> None:
    machine.answers, machine.system = [answer], "Darwin"
    found = finding(assume_yes=True)
    assert found.what == what
    assert "brew install colima docker && colima start" in str(found.fix)
    assert machine.ran == []


def test_without_terminal_and_yes_nothing_is_started(machine: Machine) -> None:
    machine.answers = [STOPPED]
    found = finding()
    assert (found.where, found.what) == ("docker", "is installed, but does not respond")
    assert found.actual == STOPPED.stderr.strip()
    assert "YES=1" in str(found.expected)
    assert found.fix == f"sudo {SYSTEMD}"
    assert engine.problem() == found
    assert machine.ran == []


@pytest.mark.parametrize(
    ("answer", "actual"),
    [
        (Result(code=0, stdout="\n"), "docker version names no server"),
        (Result(code=TIMED_OUT, stderr="docker timed out"), "docker timed out"),
    ],
)
def test_an_engine_that_does_not_answer_counts_as_stopped(machine: Machine, answer: Result, actual: str) -> None:
    machine.answers = [answer]
    assert finding().actual == actual


@pytest.mark.parametrize("how", ["environment", "argument", "terminal"])
def test_docker_is_started_if_the_user_agrees(machine: Machine, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    machine.answers, machine.reply, machine.is_terminal = (
        [STOPPED, STOPPED, STOPPED, RUNNING],
        "yes\n",
        how == "terminal",
    )
    if how == "environment":
        monkeypatch.setenv("YES", "1")
    assert check(assume_yes=how == "argument") == "29.1.0"
    assert machine.ran == [f"sudo {SYSTEMD}"]
    assert machine.seconds == 2
    question = "Docker is installed, but does not respond. Run this command now?\n    sudo systemctl"
    assert [text.startswith(question) for text in machine.questions] == ([True] if how == "terminal" else [])


@pytest.mark.parametrize("reply", ["\n", "n\n", "", "perhaps\n"])
def test_docker_is_not_started_without_consent(machine: Machine, monkeypatch: pytest.MonkeyPatch, reply: str) -> None:
    machine.answers, machine.reply, machine.is_terminal = [STOPPED], reply, True
    monkeypatch.setenv("YES", "0")
    assert finding().what == "is installed, but does not respond"
    assert machine.ran == []


@pytest.mark.parametrize(
    ("programs", "command"),
    [
        (["dockerd", "service"], f"sh -c service docker start || {DAEMON}"),
        (["dockerd"], f"sh -c {DAEMON}"),
    ],
)
def test_the_engine_is_started_without_systemd(machine: Machine, programs: list[str], command: str) -> None:
    machine.answers, machine.programs = [STOPPED, RUNNING], programs
    machine.is_root, machine.has_systemd = True, False
    check(assume_yes=True)
    assert machine.ran == [command]


@pytest.mark.parametrize("answers", [[DENIED], [STOPPED, DENIED]])
def test_a_user_outside_the_group_docker_gets_the_fix(machine: Machine, answers: list[Result]) -> None:
    machine.answers = answers
    assert finding(assume_yes=True).fix == "sudo usermod -aG docker $USER"


def test_an_engine_elsewhere_is_not_started(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.answers = [STOPPED]
    monkeypatch.setenv("DOCKER_HOST", "tcp://build:2375")
    found = finding(assume_yes=True)
    assert found.where == "DOCKER_HOST"
    assert str(found.actual).startswith("tcp://build:2375: Cannot connect")
    assert found.fix == "unset DOCKER_HOST"
    assert machine.ran == []


def test_without_sudo_the_command_is_for_root(machine: Machine) -> None:
    machine.answers, machine.programs = [STOPPED], ["dockerd"]
    found = finding(assume_yes=True)
    assert found.expected == "root, as sudo is not installed"
    assert found.fix == SYSTEMD
    assert machine.ran == []


def test_a_start_that_fails_is_an_error(machine: Machine) -> None:
    machine.answers, machine.code = [STOPPED], 5
    found = finding(assume_yes=True)
    assert found.what == f"this command ended with 5: sudo {SYSTEMD}"
    assert found.fix == "journalctl --unit docker"
    assert machine.ran == [f"sudo {SYSTEMD}"]


@pytest.mark.parametrize(
    ("has_systemd", "log"), [(True, "journalctl --unit docker"), (False, "cat /var/log/dockerd.log")]
)
def test_an_engine_that_never_responds_times_out(machine: Machine, log: str, *, has_systemd: bool) -> None:
    machine.answers, machine.has_systemd = [STOPPED], has_systemd
    found = finding(assume_yes=True)
    assert found.what == "was started, but did not respond within 30 s"
    assert found.fix == log
    assert machine.seconds == 30


@pytest.mark.parametrize(
    ("context", "system", "fix"),
    [
        ("colima", "Darwin", "colima start"),
        ("colima-work", "Linux", "colima start work"),
        ("desktop-linux", "Darwin", "open -a Docker"),
        ("desktop-linux", "Linux", "systemctl --user start docker-desktop"),
        ("rootless", "Linux", "systemctl --user start docker"),
        ("far", "Linux", "docker context inspect far"),
    ],
)
def test_a_stopped_engine_of_a_context_has_its_own_command(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, context: str, system: str, fix: str
) -> None:
    """YES=1 starts no other engine instead."""
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": context}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("YES", "1")
    machine.answers, machine.system = (STOPPED,), system
    with pytest.raises(PreflightError) as caught:
        check()
    assert caught.value.findings[0].fix == fix
    assert machine.ran == []
