"""Fixtures of commands that comment on a pull request, and of those that change a running stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.cli.context import CliContext
from pocdeploy.stacks.hibernate import DEPLOYMENTS
from tests.fakegithub import GitHub, PullRequest, github
from tests.unit.cli.commands.ci_project import Checkout, ci_project
from tests.unit.cli.fakepulumi import Project
from tests.unit.fakes import FakeApi


@pytest.fixture
def server() -> Iterator[GitHub]:
    with github({5: PullRequest()}) as made:
        yield made


def run_for_pull_request(project: Project, server: GitHub, command: str, **variables: str) -> Any:
    """Run a command as the workflow of pull request 5 does."""
    return project.run(command, env={**server.variables, "STACK": "pr-5", "PR": "5", "COMMIT": "d" * 40, **variables})


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """Return a checkout as in CI, with a server that behaves like GitHub."""
    with ci_project(tmp_path) as made:
        yield made


@pytest.fixture
def cluster(project: Project, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """Return the cluster of the stack, in which the application runs with two pods."""
    (project.root / "app/polls").mkdir(parents=True)
    (project.root / "app/polls/Dockerfile").write_text("FROM x\n")
    api = FakeApi()
    api.add(DEPLOYMENTS.format("polls"), "polls", spec={"replicas": 2})
    monkeypatch.setattr(CliContext, "cluster", lambda *_: api)
    return api
