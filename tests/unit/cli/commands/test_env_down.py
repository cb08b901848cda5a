"""`env-down` removes the environment of a pull request, and comments on it."""

from __future__ import annotations

import pytest

from tests.fakegithub import GitHub
from tests.unit.cli.commands.conftest import run_for_pull_request
from tests.unit.cli.fakepulumi import Project


@pytest.mark.usefixtures("machine")
def test_env_down_comments_that_it_was_removed(project: Project, server: GitHub) -> None:
    assert run_for_pull_request(project, server, "env-down").exit_code == 0
    assert [call[0] for call in project.calls()] == ["stack", "destroy", "stack"]
    assert "Removed, with its data." in server.requests[5].bodies()[0]


@pytest.mark.usefixtures("machine")
def test_a_failed_env_down_comments_nothing(project: Project, server: GitHub) -> None:
    project.answer("destroy --stack", code=255)
    assert run_for_pull_request(project, server, "env-down").exit_code == 255
    assert server.requests[5].comments == []
