"""The Docker check, on machines that exist only as data: no command is run here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pocdeploy.docker import install
from pocdeploy.docker.engine import Machine, check_docker
from pocdeploy.errors import PreflightError
from pocdeploy.process import NOT_FOUND, TIMED_OUT, Result

ASK = "docker version --format {{.Server.Version}}"
MISSING = Result(code=NOT_FOUND, stderr="docker: No such file or directory")
STOPPED = Result(code=1, stderr="Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?\n")
DENIED = Result(code=1, stderr="permission denied while trying to connect to the Docker daemon socket\n")
RUNNING = Result(code=0, stdout="29.1.0\n")
DEBIAN = 'NAME="Debian GNU/Linux"\nID=debian\n'
SYSTEMD = "systemctl enable --now docker"
APT = ["apt-get update", "env DEBIAN_FRONTEND=noninteractive apt-get install -y docker.io"]
DAEMON = "nohup setsid dockerd >/var/log/dockerd.log 2>&1 &"


@dataclass
class Fake:
    """Gives ``answers`` of the daemon one after the other (the last for ever); every other command ends with 0."""

    answers: Sequence[Result]
    code: int = 0
    reply: str = "n"
    ran: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    waited: int = 0

    def __call__(self, command: Sequence[str], **_: object) -> Result:
        if " ".join(command) == ASK:
            answer, *rest = self.answers
            self.answers = rest or self.answers
            return answer
        self.ran.append(" ".join(command))
        return Result(code=self.code)

    def ask(self, question: str) -> str:
        self.questions.append(question)
        return self.reply

    def wait(self, seconds: float) -> None:
        self.waited += 1

    def machine(self, programs: Sequence[str] = ("sudo", "dockerd"), **changes: object) -> Machine:
        values = {
            "environ": {},
            "system": "Linux",
            "os_release": DEBIAN,
            "is_root": False,
            "has_systemd": True,
            "is_terminal": lambda: False,
        }
        return Machine(
            run=self,
            ask=self.ask,
            wait=self.wait,
            log=lambda _: None,
            has=lambda program: program in programs,
            **{**values, **changes},
        )


def finding_of(machine: Machine, *, assume_yes: bool = False) -> str:
    with pytest.raises(PreflightError) as error:
        check_docker(assume_yes=assume_yes, machine=machine)
    assert len(error.value.findings) == 1
    return str(error.value.findings[0])


def test_a_running_engine_is_all_that_is_asked() -> None:
    fake = Fake([RUNNING])
    assert check_docker(machine=fake.machine()) == "29.1.0"
    assert fake.ran == []
    assert fake.questions == []


def test_an_answer_without_a_server_is_no_answer() -> None:
    fake = Fake([Result(code=0, stdout="\n")])
    assert "docker version names no server" in finding_of(fake.machine())


def test_without_terminal_and_yes_the_commands_are_printed_and_not_run() -> None:
    fake = Fake([MISSING])
    text = finding_of(fake.machine())
    assert text.startswith("docker: is not installed")
    assert "YES=1" in text
    assert "sudo apt-get update && sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y docker.io" in text
    assert f"&& sudo {SYSTEMD}" in text
    assert fake.ran == []


@pytest.mark.parametrize("how", ["environment", "argument", "terminal"])
def test_who_agrees_gets_docker_installed_and_started(how: str) -> None:
    fake = Fake([MISSING, STOPPED, STOPPED, RUNNING], reply="yes\n")
    environ = {"YES": "1"} if how == "environment" else {}
    machine = fake.machine(environ=environ, is_terminal=lambda: how == "terminal")
    assert check_docker(assume_yes=how == "argument", machine=machine) == "29.1.0"
    assert fake.ran == [f"sudo {command}" for command in (*APT, SYSTEMD)]
    assert fake.waited == 2
    assert len(fake.questions) == (1 if how == "terminal" else 0)
    assert all(f"sudo {SYSTEMD}" in question for question in fake.questions)


@pytest.mark.parametrize("reply", ["\n", "n\n", "", "perhaps\n"])
def test_who_does_not_agree_keeps_the_machine_as_it_is(reply: str) -> None:
    fake = Fake([MISSING], reply=reply)
    assert "is not installed" in finding_of(fake.machine(is_terminal=lambda: True, environ={"YES": "0"}))
    assert fake.ran == []


def test_a_stopped_engine_is_started_and_not_installed_again() -> None:
    fake = Fake([STOPPED, RUNNING])
    check_docker(assume_yes=True, machine=fake.machine(is_root=True))
    assert fake.ran == [SYSTEMD]


def test_a_daemon_that_hangs_is_named() -> None:
    fake = Fake([Result(code=TIMED_OUT, stderr="docker did not answer within 20 s")])
    assert "docker did not answer within 20 s" in finding_of(fake.machine())


def test_a_client_without_a_daemon_gets_one_installed() -> None:
    fake = Fake([STOPPED, RUNNING])
    check_docker(assume_yes=True, machine=fake.machine(programs=["sudo"], is_root=True))
    assert fake.ran == [*APT, SYSTEMD]


@pytest.mark.parametrize(
    ("os_release", "commands"),
    [
        ("ID=ubuntu\nID_LIKE=debian\n", APT),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', APT),
        ("ID=fedora\n", ["dnf install -y moby-engine"]),
        ('ID="amzn"\nID_LIKE="fedora"\n', ["dnf install -y docker"]),
        ("ID=arch\n", ["pacman -S --noconfirm --needed docker"]),
        ("ID=manjaro\nID_LIKE=arch\n", ["pacman -S --noconfirm --needed docker"]),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', ["zypper --non-interactive install docker"]),
        ("ID=alpine\n", ["apk add docker"]),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', []),
        ("ID=nixos\n", []),
        ("", []),
    ],
)
def test_each_distribution_is_installed_from_its_own_packages(os_release: str, commands: list[str]) -> None:
    fake = Fake([MISSING, RUNNING])
    machine = fake.machine(os_release=os_release, is_root=True)
    if commands:
        check_docker(assume_yes=True, machine=machine)
        assert fake.ran == [*commands, SYSTEMD]
    else:
        assert "https://docs.docker.com/engine/install/" in finding_of(machine, assume_yes=True)
        assert fake.ran == []


@pytest.mark.parametrize(
    ("programs", "command"),
    [
        (["dockerd", "service"], f"sh -c service docker start || {DAEMON}"),
        (["dockerd"], f"sh -c {DAEMON}"),
    ],
)
def test_the_daemon_is_started_without_systemd(programs: list[str], command: str) -> None:
    fake = Fake([STOPPED, RUNNING])
    check_docker(assume_yes=True, machine=fake.machine(programs, is_root=True, has_systemd=False))
    assert fake.ran == [command]


@pytest.mark.parametrize("answer", [MISSING, STOPPED])
def test_on_a_mac_the_install_line_is_printed(answer: Result) -> None:
    fake = Fake([answer])
    text = finding_of(fake.machine(system="Darwin", os_release=""), assume_yes=True)
    assert "brew install colima docker && colima start" in text
    assert fake.ran == []


@pytest.mark.parametrize("answers", [[DENIED], [MISSING, DENIED]])
def test_a_user_outside_the_group_is_told_how_to_get_in(answers: list[Result]) -> None:
    text = finding_of(Fake(answers).machine(), assume_yes=True)
    assert "sudo usermod -aG docker $USER" in text


def test_an_engine_elsewhere_is_not_replaced_by_a_local_one() -> None:
    fake = Fake([STOPPED])
    text = finding_of(fake.machine(environ={"DOCKER_HOST": "tcp://build:2375"}), assume_yes=True)
    assert text.startswith("DOCKER_HOST: ")
    assert "tcp://build:2375" in text
    assert fake.ran == []


def test_without_sudo_the_commands_are_for_root() -> None:
    fake = Fake([MISSING])
    text = finding_of(fake.machine(programs=[]), assume_yes=True)
    assert "root, as sudo is not installed" in text
    assert "fix:      apt-get update && env" in text
    assert fake.ran == []


def test_a_command_that_fails_ends_it() -> None:
    fake = Fake([MISSING], code=100)
    text = finding_of(fake.machine(), assume_yes=True)
    assert "this command ended with 100: sudo apt-get update" in text
    assert fake.ran == ["sudo apt-get update"]


@pytest.mark.parametrize(("has_systemd", "log"), [(True, "journalctl -u docker"), (False, "/var/log/dockerd.log")])
def test_a_daemon_that_never_answers_is_given_up(log: str, *, has_systemd: bool) -> None:
    fake = Fake([STOPPED])
    text = finding_of(fake.machine(has_systemd=has_systemd), assume_yes=True)
    assert "did not answer within 30 s" in text
    assert log in text
    assert fake.waited == 30


def test_os_release_is_read_if_there_is_one(tmp_path: Path) -> None:
    assert install.read_os_release(tmp_path / "none") == ""
    (tmp_path / "os-release").write_text(DEBIAN)
    assert install.read_os_release(tmp_path / "os-release") == DEBIAN
