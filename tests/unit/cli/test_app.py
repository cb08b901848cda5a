"""The command line, with a fake ``pulumi`` that records how it was called."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import pocdeploy
from pocdeploy.cli import app as cli_app
from pocdeploy.cli import before_up
from pocdeploy.docker import engine
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight import checks as preflight_checks
from pocdeploy.toolchain import install
from tests.paths import ROOT

# Records its arguments and environment, writes a salt as the real one does, and fails where it is told to.
PULUMI = """#!{python}
import json, os, sys
here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
names = ("PATH", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE")
with open(os.path.join(here, "calls"), "a") as calls:
    calls.write(json.dumps([sys.argv[1:], os.getcwd(), {{name: os.environ.get(name) for name in names}}]) + "\\n")
with open(os.path.join(here, "Pulumi.dev.yaml"), "a") as stack:
    stack.write("encryptionsalt: v1:x\\n")
sys.exit(json.load(open(os.path.join(here, "codes"))).get(" ".join(sys.argv[1:3]), 0))
"""


@dataclass
class Project:
    """A project with a fake ``pulumi``; ``checks`` are the names of the checks that ran."""

    root: Path
    checks: list[str] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)

    def check(self, name: str) -> Callable[..., str]:
        def run(*_: object, **options: object) -> str:
            self.checks.append(f"{name} yes" if options.get("assume_yes") else name)
            if name in self.findings:
                raise PreflightError([self.findings[name]])
            return name

        return run

    def run(self, *arguments: str, codes: dict[str, int] | None = None) -> Result:
        (self.root / "codes").write_text(json.dumps(codes or {}))
        return CliRunner().invoke(cli_app.app, ["--root", str(self.root), *arguments])

    def calls(self) -> list[list[str]]:
        return [call[0] for call in self.records()]

    def records(self) -> list[Any]:
        file = self.root / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    program = tmp_path / ".pocdeploy" / "bin" / "pulumi"
    program.parent.mkdir(parents=True)
    program.write_text(PULUMI.format(python=sys.executable))
    program.chmod(0o755)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "STACK", "YES"):
        monkeypatch.delenv(name, raising=False)
    project = Project(tmp_path)
    monkeypatch.setattr(engine, "check_docker", project.check("docker"))
    monkeypatch.setattr(install, "ensure", project.check("tools"))
    monkeypatch.setattr(preflight_checks, "check", project.check("preflight"))
    monkeypatch.setattr(before_up, "check_machine", lambda *_: None)
    monkeypatch.setattr(
        before_up,
        "forget_deleted_clusters",
        lambda *_, preview: project.checks.append(f"forget_deleted_clusters {preview}"),
    )
    monkeypatch.setattr(before_up, "restart_stopped", lambda *_: project.checks.append("restart_stopped"))
    return project


SELECT = ["stack", "select", "--create", "--stack", "dev"]


@pytest.mark.parametrize(("verb", "always"), [("up", ["--yes", "--skip-preview"]), ("preview", [])])
def test_up_and_preview_select_the_stack_and_pass_on_what_they_do_not_know(
    project: Project, verb: str, always: list[str]
) -> None:
    result = project.run(verb, "--diff", "--target", "urn:x", "-f")
    assert result.exit_code == 0, result.output
    assert project.checks == [
        "docker",
        "tools",
        "preflight",
        *(["forget_deleted_clusters False", "restart_stopped"] if verb == "up" else ["forget_deleted_clusters True"]),
    ]
    assert project.calls() == [SELECT, [verb, "--stack", "dev", *always, "--diff", "--target", "urn:x", "-f"]]


def test_pulumi_runs_in_the_project_with_its_environment(project: Project) -> None:
    project.run("up")
    own = project.root / ".pocdeploy"
    for _, folder, env in project.records():
        assert folder == str(project.root)
        assert env["PATH"].startswith(f"{project.root}/.venv/bin:{own}/bin:")
        assert env["PULUMI_BACKEND_URL"] == f"file://{own}/state"
        assert env["PULUMI_CONFIG_PASSPHRASE_FILE"] == f"{own}/passphrase"


@pytest.mark.parametrize("verb", ["up", "preview", "down"])
def test_the_stack_file_stays_as_it_was(project: Project, verb: str) -> None:
    project.run(verb)
    assert project.calls()
    assert (project.root / "Pulumi.dev.yaml").read_text() == "config: {}\n"


@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_stack_can_be_chosen(project: Project, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "environment":
        monkeypatch.setenv("STACK", "org/other")
    project.run("up", *(["--stack", "org/other"] if how == "option" else []))
    assert [call[-1] for call in project.calls()[:1]] == ["org/other"]
    assert project.calls()[1] == ["up", "--stack", "org/other", "--yes", "--skip-preview"]


@pytest.mark.parametrize(
    ("codes", "code", "calls"), [({"up --stack": 255}, 255, 2), ({"stack select": 7}, 7, 1)], ids=["up", "select"]
)
def test_the_exit_code_is_that_of_pulumi(project: Project, codes: dict[str, int], code: int, calls: int) -> None:
    assert project.run("up", codes=codes).exit_code == code
    assert len(project.calls()) == calls


def test_all_that_is_missing_is_in_one_message_and_pulumi_is_not_started(project: Project) -> None:
    project.findings = {
        "docker": Finding(where="docker", what="is not installed", fix="apt-get [bold]x"),
        "tools": Finding(where="kind", what="is missing"),
    }
    result = project.run("up")
    assert result.exit_code == 2
    assert "(2 problems)" in result.stderr
    assert "docker: is not installed" in result.stderr
    assert "apt-get [bold]x" in result.stderr
    assert "kind: is missing" in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert project.calls() == []


def test_yes_is_for_docker(project: Project) -> None:
    project.run("up", "--yes")
    assert project.checks == ["docker yes", "tools", "preflight", "forget_deleted_clusters False", "restart_stopped"]
    assert project.calls()[1] == ["up", "--stack", "dev", "--yes", "--skip-preview"]


def test_down_destroys_and_removes_the_stack(project: Project) -> None:
    assert project.run("down", "--refresh").exit_code == 0
    assert project.calls() == [
        ["stack", "select", "--stack", "dev"],
        ["destroy", "--stack", "dev", "--yes", "--refresh"],
        ["stack", "rm", "--yes", "--preserve-config", "--remove-backups", "--stack", "dev"],
    ]


def test_down_without_a_stack_has_nothing_to_do(project: Project) -> None:
    result = project.run("down", codes={"stack select": 6})
    assert result.exit_code == 0
    assert "nothing to do" in result.stderr
    assert len(project.calls()) == 1


def test_a_failed_destroy_keeps_the_stack(project: Project) -> None:
    assert project.run("down", codes={"destroy --stack": 255}).exit_code == 255
    assert len(project.calls()) == 2


def test_outputs_need_no_docker(project: Project) -> None:
    assert project.run("outputs", "--show-secrets", "--json").exit_code == 0
    assert project.checks == ["tools"]
    assert project.calls() == [["stack", "output", "--stack", "dev", "--show-secrets", "--json"]]


def test_verbose_shows_the_commands_and_quiet_no_progress(project: Project) -> None:
    assert "$ pulumi up --stack dev --yes" in project.run("-v", "up").stderr
    assert project.run("up").stderr == ""
    project.run("-q", "up")
    assert project.calls()[-1] == ["up", "--stack", "dev", "--suppress-progress", "--yes", "--skip-preview"]


def test_without_pulumi_the_message_says_how_to_get_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / ".pocdeploy/bin/pulumi").unlink()
    monkeypatch.setenv("PATH", str(project.root))
    result = project.run("outputs")
    assert result.exit_code == 2
    assert "python -m pocdeploy tools" in result.stderr


def test_env_can_be_evaluated_by_a_shell(project: Project) -> None:
    text = project.run("env").stdout
    shell = subprocess.run(
        ["/bin/sh", "-c", f'{text}\nprintf %s "$PULUMI_BACKEND_URL"'], capture_output=True, text=True, check=True
    )
    assert shell.stdout == f"file://{project.root}/.pocdeploy/state"
    assert (project.root / ".pocdeploy/passphrase").read_text() not in text


def test_tools_says_where_they_are(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find", lambda name, root: root / name)
    assert project.run("tools").stdout == f"pulumi\t{project.root}/pulumi\nkind\t{project.root}/kind\n"


@pytest.mark.parametrize("own", [True, False])
def test_dev_gets_application_patches_and_port(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, own: bool
) -> None:
    calls: list[Any] = []
    module = ModuleType("pocdeploy.devserver.server")
    module.run = lambda *paths, app, port: calls.append((*paths, app.port, port))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pocdeploy.devserver.server", module)
    monkeypatch.setattr(pocdeploy, "dev", module, raising=False)
    # Of the stack files that name it, `dev` counts first; what is in the others is not looked at.
    for stack, port in (("a", 7001), ("dev", 7000)):
        apps = {"other": {}, "shop": {"port": port}}
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": apps}}))
    extra = ["--source", "/a", "--patches", "/p", "--port", "9000"] if own else []
    assert project.run("dev", "--app", "shop", *extra).exit_code == 0
    work = tmp_path / ".pocdeploy/dev/shop"
    expected = (
        (Path("/a"), Path("/p"), work, 7000, 9000)
        if own
        else (tmp_path / "app/shop", tmp_path / "patches/shop", work, 7000, 8000)
    )
    assert calls == [expected]
    assert project.checks == []


def test_ctrl_c_is_left_to_pulumi_which_may_end_well(tmp_path: Path) -> None:
    """The program gets the signal like everything on the terminal; pocdeploy waits for it and gives its exit code."""
    code = (
        "import os, sys; from pathlib import Path; from pocdeploy.process import foreground\n"
        "script = 'trap \"exit 7\" INT; kill -INT 0; while :; do :; done'\n"
        "sys.exit(foreground(['/bin/sh', '-c', script], cwd=Path('.'), env=os.environ))"
    )
    done = subprocess.run([sys.executable, "-c", code], start_new_session=True, check=False, timeout=30)
    assert done.returncode == 7


def test_the_module_can_be_run() -> None:
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-m", "pocdeploy", "--help"],
        cwd=root,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    for verb in ("up", "preview", "down", "outputs", "dev", "tools", "env"):
        assert f" {verb} " in done.stdout
