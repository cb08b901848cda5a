"""`env-up` deploys the environment of a pull request, and comments on it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.cli.commands import seed, validate
from pocdeploy.diagnostics.result import fail, ok
from pocdeploy.errors import Finding
from pocdeploy.stacks.pulumi import NoStackError
from tests.fakegithub import GitHub
from tests.unit.cli.commands.conftest import run_for_pull_request
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

URL = "http://pr-5.polls.example.com"


@pytest.fixture
def seeded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the stacks that get example data."""
    stacks: list[str] = []
    monkeypatch.setattr(seed, "seed_apps", lambda _, stack: stacks.append(stack))
    return stacks


@pytest.fixture
def steps(project: Project, seeded: list[str], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the environment be deployed; the checks pass unless the list has what they find or raise."""
    found: list[Any] = []

    def check(*_: object, **__: object) -> tuple[list[Any], list[str]]:
        if found and isinstance(found[0], Exception):
            raise found[0]
        return found or [ok("url", "200")], []

    monkeypatch.setattr(validate, "check", check)
    project.answer("stack output", stdout=json.dumps({"url": URL}))
    return found


@pytest.mark.usefixtures("machine", "steps")
def test_the_comment_has_address_and_checks(project: Project, server: GitHub, seeded: list[str]) -> None:
    done = run_for_pull_request(project, server, "env-up")
    (body,) = server.requests[5].bodies()
    assert done.exit_code == 0, done.output
    assert f"| Address | {URL} |" in body
    assert "| 🟢 ok | url | <code>200</code> |" in body
    assert seeded == ["pr-5"]
    assert "at `dddddddddddd`" in body


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    "finding",
    [fail("url", "502"), NoStackError([Finding(where="stack pr-5", what="502")])],
    ids=["failed", "not possible"],
)
def test_checks_that_do_not_pass_end_it_with_1(
    project: Project, server: GitHub, steps: list[Any], finding: Any
) -> None:
    steps.append(finding)
    assert run_for_pull_request(project, server, "env-up").exit_code == 1
    assert "502" in server.requests[5].bodies()[0]


@pytest.mark.usefixtures("machine", "steps")
def test_a_failed_up_is_commented(project: Project, server: GitHub) -> None:
    project.answer("up --stack", code=255)
    assert run_for_pull_request(project, server, "env-up").exit_code == 255
    assert "The update failed" in server.requests[5].bodies()[0]


@pytest.mark.usefixtures("steps")
def test_a_machine_that_is_not_ready_is_commented(project: Project, server: GitHub, machine: Machine) -> None:
    machine.findings = {"docker": Finding(where="docker", what="is not installed")}
    done = run_for_pull_request(project, server, "env-up")
    assert (done.exit_code, "docker: is not installed" in done.stderr) == (2, True)
    assert "The update failed" in server.requests[5].bodies()[0]


@pytest.mark.usefixtures("machine", "steps")
def test_a_comment_that_is_refused_hides_no_failure(project: Project, server: GitHub) -> None:
    project.answer("up --stack", code=255)
    done = run_for_pull_request(project, server, "env-up", GITHUB_TOKEN="wrong")
    assert (done.exit_code, "401" in done.stderr) == (255, True)
