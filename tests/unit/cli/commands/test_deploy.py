"""`deploy` sets the image, runs `up`, and validates; each step only if the one before succeeded."""

from __future__ import annotations

import pytest

from pocdeploy.cli.commands import validate
from pocdeploy.diagnostics.result import fail, ok
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

DIGEST = "ghcr.io/owner/polls@sha256:" + "ab" * 32


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let ``validate`` find what the test says, and record the stacks that it was asked about."""
    asked: list[str] = []

    def check(_: object, stack: str, **__: object) -> tuple[list[object], list[str]]:
        asked.append(stack)
        return [fail("url", "502") if stack == "bad" else ok("url", "200")], []

    monkeypatch.setattr(validate, "check", check)
    return asked


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("stack", "code"), [("dev", 0), ("bad", 1)])
def test_the_digest_is_set_rolled_out_and_validated(
    project: Project, results: list[str], stack: str, code: int
) -> None:
    assert project.run("deploy", "--diff", env={"IMAGE": DIGEST, "STACK": stack}).exit_code == code
    assert [call[:2] for call in project.calls()] == [
        ["stack", "select"],
        ["config", "set"],
        ["stack", "select"],
        ["up", "--stack"],
    ]
    assert project.calls()[1][-1] == DIGEST
    assert project.calls()[3][-1] == "--diff"
    assert results == [stack]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("broken", "code", "calls"), [("config set", 3, 2), ("up --stack", 255, 4)])
def test_after_a_failure_nothing_follows(
    project: Project, results: list[str], broken: str, code: int, calls: int
) -> None:
    project.answer(broken, code=code)
    assert project.run("deploy", "--image", DIGEST).exit_code == code
    assert (len(project.calls()), results) == (calls, [])


def test_without_an_image_nothing_is_touched(project: Project, machine: Machine, results: list[str]) -> None:
    assert project.run("deploy").exit_code == 2
    assert (project.calls(), results) == ([], [])
