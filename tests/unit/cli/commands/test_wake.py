"""`wake` ends a pause, and waits for the stack."""

from __future__ import annotations

import pytest

from pocdeploy.stacks import resume
from pocdeploy.stacks.hibernate import DEPLOYMENTS
from tests.unit.cli.fakepulumi import Project
from tests.unit.fakes import FakeApi


def test_wake_waits_for_the_stack_after_its_change(
    project: Project, cluster: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = cluster.objects[f"{DEPLOYMENTS.format('polls')}/polls"]
    waited_for = []
    monkeypatch.setattr(resume, "resume", lambda *_: waited_for.append(deployment["spec"]["replicas"]))
    project.run("pause")

    assert project.run("wake").stdout == "scaled polls/polls to 2\n"
    assert project.run("wake").stdout == "it was not paused\n"
    assert waited_for == [2, 2]
