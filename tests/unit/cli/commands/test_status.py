"""`status` shows a stack of a cluster and one of processes, as text and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.cli import needs
from pocdeploy.cli.commands import status as command
from pocdeploy.diagnostics.status import AppStatus, StackStatus
from pocdeploy.processes import report
from pocdeploy.processes.state import StackFolder
from tests.unit import goodstack
from tests.unit.cli.fakepulumi import Project


def test_a_stack_of_a_cluster(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    site, _ = goodstack.install(monkeypatch)
    monkeypatch.setattr(command, "context_of", lambda *_: goodstack.context())
    monkeypatch.setattr(needs, "provide", lambda *_: None)
    result = project.run("status")
    assert (result.exit_code, "primary polls-db-1" in result.stdout) == (0, True)
    del site.pages[goodstack.URL]
    result = project.run("status", "--json")
    assert (result.exit_code, json.loads(result.stdout)["isGood"]) == (1, False)


def test_a_stack_of_processes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = StackFolder(project.root, "dev")
    folder.begin(8000)
    apps = (AppStatus(name="polls", url="http://x", serves=True, health="answers 200"),)
    asked: list[Any] = []

    def answer(stack: Any) -> StackStatus:
        asked.append(stack.folder.stack)
        return StackStatus(stack="dev", runs_on="processes", apps=apps)

    monkeypatch.setattr(report, "status", answer)
    result = project.run("status")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "dev · processes")
    assert asked == ["dev"]
    assert project.calls() == []
