"""The Pulumi CLI runs in the project, with its environment; its answers become plain data or errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import ExitCode, PreflightError
from pocdeploy.stacks.pulumi import NoStackError, Pulumi
from tests.unit.cli.fakepulumi import VARIABLES, Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    made = Project(tmp_path)
    made.install()
    return made


def pulumi(project: Project, *, json: bool = False, log: list[str] | None = None) -> Pulumi:
    lines = [] if log is None else log
    return Pulumi(root=project.root, log=lines.append, json=json)


def test_it_runs_in_the_project_with_its_environment(project: Project) -> None:
    assert pulumi(project).run("up") == 0
    assert pulumi(project).capture("preview").code == 0
    own = project.root / ".pocdeploy"
    for _, folder, env in project.records():
        assert folder == str(project.root)
        assert env["PATH"].startswith(f"{project.root}/.venv/bin:{own}/bin:")
        assert env["PULUMI_BACKEND_URL"] == f"file://{own}/state"
        assert env["PULUMI_CONFIG_PASSPHRASE_FILE"] == f"{own}/passphrase"
    assert len(project.records()) == 2


def test_without_the_program_the_message_says_how_to_get_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / ".pocdeploy/bin/pulumi").unlink()
    monkeypatch.setenv("PATH", str(project.root))
    with pytest.raises(PreflightError) as caught:
        pulumi(project).run("up")
    assert caught.value.findings[0].fix == ".venv/bin/python -m pocdeploy tools"


def test_with_json_steps_write_nothing_to_stdout(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    project.answer("stack select", code=6, stdout="Selected", stderr="error: no stack\n")
    log: list[str] = []
    assert pulumi(project, json=True, log=log).run_quietly("stack", "select") == 6
    assert (capfd.readouterr().out, log) == ("", ["error: no stack"])
    pulumi(project).run_quietly("stack", "select")
    assert capfd.readouterr().out == "Selected"


def test_an_operation_can_write_into_a_file(project: Project, tmp_path: Path) -> None:
    project.answer("preview --stack", stdout='{"steps": []}\n')
    with (tmp_path / "result").open("w") as file:
        assert pulumi(project, json=True).run_operation("preview", "dev", "--refresh", stdout=file) == 0
    assert (tmp_path / "result").read_text() == '{"steps": []}\n'
    assert project.calls() == [["preview", "--stack", "dev", "--json", "--refresh"]]


def test_outputs_are_plain_data(project: Project) -> None:
    project.answer("stack output", stdout='{"url": "http://localhost"}')
    assert pulumi(project).outputs("dev") == {"url": "http://localhost"}


@pytest.mark.parametrize(("code", "stdout"), [(6, ""), (0, "{}")])
def test_a_stack_without_outputs_is_an_error(project: Project, code: int, stdout: str) -> None:
    project.answer("stack output", code=code, stdout=stdout)
    with pytest.raises(NoStackError) as caught:
        pulumi(project).outputs("dev")
    assert caught.value.exit_code == ExitCode.NO_STACK
    assert caught.value.findings[0].fix == "make up STACK=dev"
