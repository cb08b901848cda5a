"""`resume` starts Docker only for a cluster on this machine, and prints its changes."""

from __future__ import annotations

import pytest

from pocdeploy.stacks import resume
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

EXISTING = 'config: {pocdeploy:cluster: {type: existing, context: x, registry: {push: "localhost:5050"}}}'


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(("text", "checks"), [("config: {}", ["docker", "tools"]), (EXISTING, ["tools"])])
def test_docker_is_checked_for_a_local_cluster_only(
    project: Project, machine: Machine, monkeypatch: pytest.MonkeyPatch, text: str, checks: list[str]
) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(text)
    monkeypatch.setattr(resume, "resume", lambda *_: ["started x", "started y"])
    done = project.run("resume")

    assert (done.exit_code, done.stdout) == (0, "started x\nstarted y\n"), done.output
    assert sorted(machine.checks) == checks
