"""`tools` prints where the programs are."""

from __future__ import annotations

import json

import pytest

from pocdeploy.toolchain import install
from tests.unit.cli.fakepulumi import Project


def test_each_tool_has_a_line_with_its_path(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find", lambda name, root: root / name)
    root = project.root
    assert project.run("tools").stdout == f"pulumi\t{root}/pulumi\nkind\t{root}/kind\n"
    assert json.loads(project.run("tools", "--json").stdout) == {"pulumi": f"{root}/pulumi", "kind": f"{root}/kind"}
