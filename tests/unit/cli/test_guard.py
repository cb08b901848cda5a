"""Commands stop before data is deleted, unless a person confirms it."""

from __future__ import annotations

import io
import sys

import pytest
import yaml

from pocdeploy.cli import guard
from pocdeploy.stacks.data_loss import ALLOWED
from tests.unit.cli.fakepulumi import Project
from tests.unit.stacks import test_kind_cluster
from tests.unit.stacks.test_data_loss import KIND, POLLS

pytestmark = pytest.mark.usefixtures("machine")
STATE = [
    {"urn": KIND, "outputs": dict(test_kind_cluster.deployed().resources[KIND].outputs)},
    {"urn": POLLS, "outputs": {"spec": {"instances": 3, "storage": {"size": "1Gi"}}}},
]


def deployed(project: Project, *, workers: int = 3, protect: bool = False) -> None:
    """Let the stack be deployed with three workers, and its file ask for ``workers``."""
    cluster = {"workers": workers, "nodeImage": test_kind_cluster.OLD_IMAGE}
    (project.root / "app/polls").mkdir(parents=True)
    (project.root / "app/polls/Dockerfile").write_text("FROM x\n")
    (project.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {"pocdeploy:cluster": cluster}}))
    project.export(*({**resource, "protect": protect} for resource in STATE))


def verbs(project: Project) -> list[str]:
    return [call[0] for call in project.calls() if call[0] != "stack"]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list with what a person types on a terminal, a line each."""
    lines: list[str] = []
    monkeypatch.setattr(guard, "is_terminal", lambda _: bool(lines))
    monkeypatch.setattr(guard, "_typed", lambda: lines.pop(0))
    return lines


def test_up_without_a_loss_allows_nothing(project: Project) -> None:
    deployed(project)
    assert project.run("up").exit_code == 0
    (environment,) = [variables for arguments, _, variables in project.records() if arguments[0] == "up"]
    assert environment[ALLOWED] == ""


@pytest.mark.parametrize("options", [(), ("--yes",), ("--allow-data-loss", POLLS)])
def test_up_stops_and_names_the_loss(project: Project, options: tuple[str, ...]) -> None:
    deployed(project, workers=2)
    result = project.run("up", *options, env={"YES": "1"})
    assert result.exit_code == 2
    assert verbs(project) == []
    assert "the cluster test and everything in it (polls-db: 3 x 1Gi); no backup is known" in result.stderr
    assert "cluster.workers: 3 -> 2" in result.stderr
    assert f"make up STACK=dev ARGS='--allow-data-loss {KIND}'" in result.stderr


def test_up_hands_the_permission_to_the_program(project: Project) -> None:
    deployed(project, workers=2)
    assert project.run("up", "--allow-data-loss", "urn:x", "--allow-data-loss", KIND, "--diff").exit_code == 0
    ((arguments, _, environment),) = [record for record in project.records() if record[0][0] == "up"]
    assert environment[ALLOWED].split() == sorted(["urn:x", KIND])
    assert arguments[-1] == "--diff"


@pytest.mark.parametrize(("answer", "code", "expected"), [("dev", 0, ["up"]), ("y", 2, []), ("", 2, [])])
def test_a_person_types_the_name_of_the_stack(
    project: Project, typed: list[str], answer: str, code: int, expected: list[str]
) -> None:
    deployed(project, workers=2)
    typed.append(answer)
    result = project.run("up")
    assert (result.exit_code, verbs(project)) == (code, expected)
    assert "These changes delete data:\n  - the cluster test" in result.stderr
    assert "Type the name of the stack (dev)" in result.stderr


def test_protected_data_is_not_even_asked_for(project: Project, typed: list[str]) -> None:
    deployed(project, workers=2, protect=True)
    typed.append("dev")
    result = project.run("up", "--allow-data-loss", KIND)
    assert (result.exit_code, verbs(project), typed) == (2, [], ["dev"])
    assert "protect: false in an `up` of its own" in result.stderr


def test_preview_shows_the_plan_and_ends_with_an_error(project: Project) -> None:
    deployed(project, workers=2)
    result = project.run("preview")
    assert (result.exit_code, verbs(project)) == (2, ["preview"])
    assert "the cluster test and everything in it" in result.stderr
    assert project.run("preview", "--allow-data-loss", KIND).exit_code == 0


DESTROYED = "the database polls-db (3 x 1Gi)"


@pytest.mark.parametrize(
    ("answer", "options", "code"),
    [("dev", (), 0), ("no", (), 2), (None, (), 2), (None, ("--yes",), 2), (None, ("--yes-destroy",), 0)],
)
def test_down_asks_for_the_name_of_the_stack(
    project: Project, typed: list[str], answer: str | None, options: tuple[str, ...], code: int
) -> None:
    deployed(project)
    typed += [answer] if answer is not None else []
    result = project.run("down", *options)
    assert (result.exit_code, verbs(project)) == (code, ["destroy"] if code == 0 else [])
    assert (DESTROYED in result.stderr) is ("--yes-destroy" not in options)


@pytest.mark.parametrize("value", ["1", "", "0"])
def test_down_is_confirmed_by_a_variable(project: Project, value: str) -> None:
    deployed(project)
    assert project.run("down", env={"YES_DESTROY": value, "YES": "1"}).exit_code == (0 if value == "1" else 2)


def test_a_protected_stack_is_not_destroyed(project: Project) -> None:
    deployed(project, protect=True)
    result = project.run("down", "--yes-destroy")
    assert (result.exit_code, verbs(project)) == (2, [])
    assert "the stack is protected" in result.stderr
    assert "&& make up STACK=dev" in result.stderr


@pytest.mark.parametrize("verb", ["up", "preview"])
@pytest.mark.parametrize("options", [("--replace", POLLS), (f"--target-replace={POLLS}",)])
def test_a_replacement_by_an_option_is_a_loss(project: Project, verb: str, options: tuple[str, ...]) -> None:
    deployed(project)
    result = project.run(verb, *options)
    assert (result.exit_code, verbs(project)) == (2, [verb] if verb == "preview" else [])
    assert (
        f"deletes the database polls-db (3 x 1Gi); no backup is known\n      actual:   {options[0].partition('=')[0]}"
        in result.stderr
    )
    assert project.run(verb, *options, "--allow-data-loss", POLLS).exit_code == 0


def test_up_reads_the_state_once(project: Project) -> None:
    deployed(project)
    project.run("up")
    assert [call[:2] for call, _, _ in project.records()].count(["stack", "export"]) == 1


def test_a_person_answers_only_on_a_terminal(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(project, workers=2)
    monkeypatch.setattr(sys, "stdin", io.StringIO("dev\n"))
    assert project.run("up").exit_code == 2
