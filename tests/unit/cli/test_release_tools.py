"""`audit`, `sbom`, `lock` and `policies` run tools in virtualenvs of their own."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from pocdeploy.cli.commands.lock import SOURCES
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

TOOL = """#!{python}
import json, os, sys
with open({file!r}, "a") as calls:
    calls.write(json.dumps([os.path.basename(sys.argv[0]), os.getcwd(), sys.argv[1:]]) + "\\n")
sys.exit(1 if "--fail" in sys.argv or "app/broken/requirements.txt" in sys.argv else 0)
"""


@pytest.fixture
def tools(project: Project, machine: Machine) -> Any:
    """Lay out the tools; return a function that gives their calls."""
    file = project.root / "tools.jsonl"
    folder = project.root / ".pocdeploy" / "release" / "bin"
    folder.mkdir(parents=True)
    for name in ("pip-audit", "cyclonedx-py", "uv"):
        (folder / name).write_text(TOOL.format(python=sys.executable, file=str(file)))
        (folder / name).chmod(0o755)
    for name in ("policies", "tests/moto"):
        (project.root / name).mkdir(parents=True)
    return lambda: [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize(("app", "code"), [("polls", 0), ("broken", 1)])
def test_audit_checks_own_packages_and_the_applications(
    project: Project, machine: Machine, tools: Any, app: str, code: int
) -> None:
    assert project.run("audit", "--app", app).exit_code == code
    assert [call[2][-1] for call in tools()] == ["requirements.txt", f"app/{app}/requirements.txt"]
    assert "--require-hashes" in tools()[0][2]
    assert set(machine.checks) == {"requirements-release.txt"}


def test_sbom_is_a_file_for_each_application(project: Project, tools: Any) -> None:
    assert project.run("sbom", env={"APP": "shop"}).exit_code == 0
    ((name, folder, arguments),) = tools()
    assert (name, folder) == ("cyclonedx-py", str(project.root))
    assert arguments[:2] == ["requirements", "app/shop/requirements.txt"]
    assert arguments[-1] == ".pocdeploy/sbom-shop.json"


def test_lock_compiles_each_source_in_its_folder(project: Project, tools: Any) -> None:
    assert project.run("lock", "--upgrade").exit_code == 0
    compiled = [f"{folder}/{arguments[-1]}" for _, folder, arguments in tools()]
    assert compiled == [f"{project.root}/{source}.in" for source in SOURCES]
    assert all("--upgrade" in arguments and "--generate-hashes" in arguments for _, _, arguments in tools())


def test_lock_ends_at_the_first_failure(project: Project, tools: Any) -> None:
    assert project.run("lock", "--fail").exit_code == 1
    assert len(tools()) == 1


def test_policies_have_a_virtualenv_of_their_own(project: Project, machine: Machine) -> None:
    assert project.run("policies").exit_code == 0
    assert machine.checks == ["policies/requirements.txt"]
