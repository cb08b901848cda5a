"""`dev` finds application, patches, folder and settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.processes import server
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project


@pytest.mark.parametrize("own", [True, False])
def test_dev_gets_application_patches_and_port(
    project: Project, machine: Machine, monkeypatch: pytest.MonkeyPatch, *, own: bool
) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(
        server, "run", lambda *paths, project, app, port, secrets: calls.append((*paths, app.port, port))
    )
    # Of the stack files that name it, `dev` counts first.
    for stack, port in (("a", 7001), ("dev", 7000)):
        apps = {"other": {}, "shop": {"port": port}}
        (project.root / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": apps}}))
    extra = ["--source", "/a", "--patches", "/p", "--port", "9000"] if own else []
    assert project.run("dev", "--app", "shop", *extra).exit_code == 0
    work = project.root / ".pocdeploy/dev/shop"
    expected = (
        (Path("/a"), Path("/p"), work, 7000, 9000)
        if own
        else (project.root / "app/shop", project.root / "patches/shop", work, 7000, 8000)
    )
    assert calls == [expected]
    assert machine.checks == []
    assert project.calls() == []
