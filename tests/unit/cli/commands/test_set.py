"""The command ``set``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pocdeploy.cli.commands import set as command
from tests.unit.cli.fakepulumi import Project

STACK = "config:\n  pocdeploy:apps:\n    polls: {database: false}   # why\n"


@pytest.fixture
def stack(project: Project) -> Path:
    (project.root / "app" / "polls").mkdir(parents=True)
    (project.root / "app" / "polls" / "Dockerfile").touch()
    file = project.root / "Pulumi.dev.yaml"
    file.write_text(STACK)
    return file


def test_a_setting_is_changed_without_pulumi(project: Project, stack: Path) -> None:
    result = project.run("set", "cluster.httpPort", "8080")

    assert (result.exit_code, result.stdout) == (0, "Pulumi.dev.yaml:5: pocdeploy:cluster.httpPort is set\n")
    assert stack.read_text() == STACK + "  pocdeploy:cluster:\n    httpPort: 8080\n"
    assert project.calls() == []


def test_make_passes_key_and_value_in_the_environment(project: Project, stack: Path) -> None:
    given = {"POCDEPLOY_KEY": "apps.polls.env.A", "POCDEPLOY_VALUE": "$(touch x) `y`"}
    result = project.run("set", env=given)

    assert result.exit_code == 0, result.output
    assert '"$(touch x) `y`"' in stack.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cluster.httpPrt", "8080"], "did you mean pocdeploy:cluster.httpPort?"),
        (["cluster.workers"], "set cluster.workers 3 --stack dev"),
        ([], "set cluster.httpPort 8080 --stack dev"),
        (["secrets.polls.API_TOKEN", "hunter2"], "set secrets.polls.API_TOKEN --stack dev"),
    ],
)
def test_a_mistake_writes_nothing_and_shows_the_command(
    project: Project, stack: Path, words: list[str], message: str
) -> None:
    result = project.run("set", *words)

    assert (result.exit_code, message in result.stderr, "hunter2" in result.output) == (2, True, False)
    assert stack.read_text() == STACK


def test_a_secret_is_read_from_stdin_and_encrypted_by_pulumi(
    project: Project, stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(command, "store_secret", lambda _, *words: seen.append(words))
    result = project.run("set", "secrets.polls.API_TOKEN", text="hunter2\n")

    assert result.exit_code == 0, result.output
    assert seen == [("dev", "pocdeploy:secrets.polls.API_TOKEN", "hunter2")]
    assert "hunter2" not in result.output


def test_an_empty_secret_is_refused(project: Project, stack: Path) -> None:
    result = project.run("set", "secrets.polls.API_TOKEN", text="\n")

    assert (result.exit_code, "no value was typed" in result.stderr) == (2, True)


def test_an_unknown_stack_is_refused(project: Project, stack: Path) -> None:
    result = project.run("set", "cluster.httpPort", "8080", "--stack", "devv")

    assert (result.exit_code, "one of dev" in result.stderr) == (6, True)
    assert not (project.root / "Pulumi.devv.yaml").exists()


def test_problems_that_remain_are_shown(project: Project, stack: Path) -> None:
    stack.write_text(STACK + "  pocdeploy:cluster: {workers: x, httpPort: y}\n")
    result = project.run("--json", "set", "cluster.workers", "1")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["stack"] == "dev"
    assert "these problems were there before" in result.stderr
    assert "pocdeploy:cluster.httpPort" in result.stderr
