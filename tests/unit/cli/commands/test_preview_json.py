"""`preview-json` writes the events of a preview with policies into a file, also if the preview fails."""

from __future__ import annotations

import json

import pytest

from pocdeploy.errors import Finding
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

EVENTS = '{"sequence": 1}\n{"sequence": 2}\n'


@pytest.mark.parametrize("code", [0, 255])
def test_the_events_are_written(project: Project, machine: Machine, code: int) -> None:
    project.answer("stack export", code=6)
    project.answer("preview --stack", code=code, stdout=EVENTS)
    done = project.run("preview-json", "--stack", "org/dev", "--diff")
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    assert (project.root / ".pocdeploy" / "preview-dev.jsonl").read_text() == EVENTS
    arguments, _, environment = project.records()[-2]
    options = ["--suppress-progress", "--json", "--policy-pack", "policies", "--diff"]
    assert arguments == ["preview", "--stack", "org/dev", *options]
    assert environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] == "true"
    assert "policies/requirements.txt" in machine.checks


def test_findings_are_written_for_the_comment(project: Project, machine: Machine) -> None:
    project.answer("stack export", code=6)
    machine.findings = {"doctor": Finding(where="pocdeploy:cluster.workers", what="is not usable")}
    assert project.run("preview-json").exit_code == 0
    written = json.loads((project.root / ".pocdeploy" / "preview-dev.jsonl").read_text())
    assert written["findings"][0]["where"] == "pocdeploy:cluster.workers"


@pytest.mark.usefixtures("machine")
def test_no_output_is_a_failure(project: Project) -> None:
    project.answer("stack export", code=6)
    project.answer("preview --stack", code=255)
    assert project.run("preview-json").exit_code == 1
