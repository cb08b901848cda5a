"""A project with a fake ``pulumi``, and a machine on which all checks pass."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.cli import before_up
from pocdeploy.docker import engine
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.toolchain import install, virtualenv
from tests.unit.cli.fakepulumi import VARIABLES, Project

TOOL = """#!{python}
import json, os, sys
with open({file!r}, "a") as calls:
    calls.write(json.dumps([os.path.basename(sys.argv[0]), os.getcwd(), sys.argv[1:]]) + "\\n")
sys.exit(1 if "--fail" in sys.argv or "app/broken/requirements.txt" in sys.argv else 0)
"""


@dataclass
class Machine:
    """Records which checks ran, and lets some of them fail."""

    checks: list[str] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    """Check -> what it finds."""

    def check(self, name: str) -> Callable[..., str]:
        def run(*_: object, **options: object) -> str:
            self.checks.append(f"{name} yes" if options.get("assume_yes") else name)
            if name in self.findings:
                raise PreflightError([self.findings[name]])
            return name

        return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)
    made = Project(tmp_path)
    made.install()
    return made


@pytest.fixture
def machine(project: Project, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(engine, "check_docker", made.check("docker"))
    monkeypatch.setattr(install, "ensure", made.check("tools"))
    monkeypatch.setattr(virtualenv, "ensure", lambda _, __, lock, **___: made.check(lock)())
    monkeypatch.setattr(before_up, "check_machine", made.check("doctor"))
    forget = made.check("deleted clusters")
    monkeypatch.setattr(before_up, "forget_deleted_clusters", lambda *given, **_: (forget(), given[2])[1])
    monkeypatch.setattr(before_up, "restart_stopped", made.check("restart"))
    return made


@pytest.fixture
def tools(project: Project, machine: Machine) -> Any:
    """Lay out the tools of requirements-release.txt and -docs.txt; return a function that gives their calls."""
    file = project.root / "tools.jsonl"
    for name in ("release/bin/pip-audit", "release/bin/cyclonedx-py", "release/bin/uv", "docs/bin/mkdocs"):
        program = project.root / ".pocdeploy" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(TOOL.format(python=sys.executable, file=str(file)))
        program.chmod(0o755)
    for name in ("policies", "tests/moto"):
        (project.root / name).mkdir(parents=True)
    return lambda: [json.loads(line) for line in file.read_text().splitlines()]
