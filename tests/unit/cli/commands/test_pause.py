"""`pause` prints its changes."""

from __future__ import annotations

import json

import pytest

from tests.unit.cli.fakepulumi import Project


@pytest.mark.usefixtures("cluster")
def test_pause_prints_each_change_and_changes_nothing_twice(project: Project) -> None:
    assert project.run("pause").stdout == "scaled polls/polls from 2 to 0\n"
    assert project.run("pause").stdout == "it is paused already\n"
    assert json.loads(project.run("pause", "--json").stdout) == {"result": "ok", "stack": "dev", "done": []}
