"""The structure of the repository: packages, sizes of functions and files, one test file per module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PRODUCT = ("pocdeploy", "components", "policies", "bench")
LONGEST_FUNCTION = 40
"""Lines, without the docstring."""
MOST_PACKAGES = 13
DATA = {
    "pocdeploy/versions.py",
    "pocdeploy/config/defaults.py",
    "pocdeploy/config/variables.py",
    "pocdeploy/preflight/aws/prices.py",
    "pocdeploy/pull_requests/engine_events.py",
    "pocdeploy/stacks/facts.py",
}
"""Modules without functions: other tests compare what uses them."""
TESTED_TOGETHER = {
    "pocdeploy/monitoring/alerts": "tests/monitoring/test_alerts.py",
    "pocdeploy/monitoring/dashboards": "tests/monitoring/test_queries.py",
}
"""Folder of modules of one shape -> the test that runs over all of them."""


def sources(*folders: str) -> list[Path]:
    return [path.relative_to(ROOT) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = node.body[0] if ast.get_docstring(node, clean=False) else None
            lines = (node.end_lineno or 0) - node.lineno + 1
            if docstring is not None:
                lines -= (docstring.end_lineno or 0) - docstring.lineno + 1
            yield node.name, lines


def test_pocdeploy_has_at_most_thirteen_packages() -> None:
    packages = [path.name for path in (ROOT / "pocdeploy").iterdir() if (path / "__init__.py").is_file()]

    assert "config" in packages
    assert len(packages) <= MOST_PACKAGES, packages


def test_functions_are_short() -> None:
    found = [(str(file), name, lines) for file in sources(*PRODUCT) for name, lines in functions(file)]

    assert len(found) > 1000
    assert [each for each in found if each[2] > LONGEST_FUNCTION] == []


def test_files_are_as_short_as_contributing_says() -> None:
    said = re.search(r"no Python file has more than (\d+) lines", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    # Virtualenvs and downloaded tools are not part of the project.
    folders = [path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
    files = [Path("__main__.py"), *sources(*folders)]
    lengths = {str(file): len((ROOT / file).read_text("utf-8").splitlines()) for file in files}

    assert said
    assert "tests/unit/project/test_docs.py" in lengths
    assert {file: lines for file, lines in lengths.items() if lines > int(said[1])} == {}


@pytest.mark.parametrize("module", [path for path in sources("pocdeploy") if path.name[:2] != "__"], ids=str)
def test_every_module_has_a_test_file(module: Path) -> None:
    together = TESTED_TOGETHER.get(str(module.parent))
    mirrored = Path("tests/unit") / module.parent.relative_to("pocdeploy") / f"test_{module.name}"

    assert str(module) in DATA or (ROOT / (together or mirrored)).is_file(), f"write {mirrored}"


def test_every_test_file_of_pocdeploy_has_a_module() -> None:
    """A test file that stays behind after a rename is not found any more."""
    packages = [path.name for path in (ROOT / "pocdeploy").iterdir() if path.is_dir()]
    files = [path.relative_to("tests/unit") for path in sources(*(f"tests/unit/{name}" for name in packages))]
    modules = {file: Path("pocdeploy") / file.parent / file.name.removeprefix("test_") for file in files}

    assert [
        str(file)
        for file, module in modules.items()
        if file.name.startswith("test_")
        and not (ROOT / module).is_file()
        and not (ROOT / module.with_suffix("") / "__init__.py").is_file()
        and module.stem != module.parent.name
    ] == []


@pytest.mark.parametrize("component", [path for path in sources("components") if path.name == "component.py"], ids=str)
def test_every_component_has_a_test_of_the_program(component: Path) -> None:
    assert (ROOT / "tests" / "program" / f"test_{component.parent.name}.py").is_file()


def test_names_of_tests_are_at_most_sixty_characters() -> None:
    names = [(str(file), name) for file in sources("tests") for name, _ in functions(file) if name.startswith("test_")]

    assert [each for each in names if len(each[1]) > 60] == []
