"""Every operation prepares the packages of the program, and keeps the stack file as it is."""

from __future__ import annotations

import pytest

from pocdeploy.cli import before_up
from pocdeploy.cli.context import CliContext
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("verb", ["up", "preview", "down"])
def test_the_stack_file_keeps_no_salt(project: Project, verb: str) -> None:
    project.run(verb)
    assert project.calls()
    assert (project.root / "Pulumi.dev.yaml").read_text() == "config: {}\n"


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("verb", "previews"), [("up", [False]), ("preview", [True]), ("down", [])])
def test_the_checks_get_the_stack_and_the_verb(
    project: Project, monkeypatch: pytest.MonkeyPatch, verb: str, previews: list[bool]
) -> None:
    calls: list[tuple[str, bool]] = []

    def check(cli: CliContext, stack: str, needed: object, *, yes: bool, preview: bool = False) -> None:
        calls.append((stack, preview))

    monkeypatch.setattr(before_up, "check_machine", check)
    project.run(verb, "--stack", "org/dev")
    assert calls == [("org/dev", preview) for preview in previews]


@pytest.mark.parametrize(
    ("text", "locks"),
    [
        ("config: {pocdeploy:cluster: {type: eks}}", ["requirements.txt", "requirements-eks.txt"]),
        ("config: {pocdeploy:cluster: {type: kind}}", ["requirements.txt"]),
        ("config: {pocdeploy:cluster: {type: dev}}", ["requirements.txt"]),
        ("config: {pocdeploy:cluster: 7}", ["requirements.txt"]),
        ("[", ["requirements.txt"]),
    ],
)
def test_the_type_of_cluster_decides_which_packages(
    project: Project, machine: Machine, text: str, locks: list[str]
) -> None:
    for name in ("requirements-eks.txt", "requirements-dev.txt"):
        (project.root / name).touch()
    (project.root / "Pulumi.dev.yaml").write_text(text)
    project.run("preview")
    assert [check for check in machine.checks if check.startswith("requirements")] == locks
