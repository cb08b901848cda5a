"""The installed command: its dependencies are what its modules import, and its parts are where pyproject says."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

from pocdeploy import __version__
from tests.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGE = PROJECT["project"]


def file_of(module: str) -> Path | None:
    path = ROOT / Path(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def imports(file: Path) -> set[str]:
    """Return the modules that a file imports anywhere, also inside of functions."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reachable() -> set[str]:
    """Return the packages of others that the command line can import, by what they are called on an index."""
    pending = {f"pocdeploy.cli.{file.stem}" for file in (ROOT / "pocdeploy" / "cli").glob("*.py")}
    pending |= {f"pocdeploy.cli.commands.{file.stem}" for file in (ROOT / "pocdeploy/cli/commands").glob("*.py")}
    seen: set[str] = set()
    others: set[str] = set()
    while pending:
        module = pending.pop()
        seen.add(module)
        file = file_of(module)
        if file is None:
            continue
        for name in imports(file):
            if name.startswith("pocdeploy"):
                pending |= {name, name.rpartition(".")[0]} - seen - {""}
            else:
                others.add(name.split(".")[0])
    distributions = packages_distributions()
    return {normalized(found) for name in others - sys.stdlib_module_names for found in distributions.get(name, [name])}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_dependencies_are_what_the_command_imports() -> None:
    declared = [*PACKAGE["dependencies"], *PACKAGE["optional-dependencies"]["dev"]]
    # of typer, pydantic, requests and kubernetes
    brought_by_others = {"click", "pydantic-core", "urllib3", "websocket-client"}
    assert reachable() - brought_by_others == set(map(normalized, declared))


def test_dependencies_are_locked_for_make() -> None:
    sources = [(ROOT / name).read_text("utf-8").splitlines() for name in ("requirements.in", "requirements-serve.in")]
    assert {*PACKAGE["dependencies"], *PACKAGE["optional-dependencies"]["dev"]} <= {*sources[0], *sources[1]}


def test_the_command_has_an_entry_point_and_a_version() -> None:
    module, _, name = PACKAGE["scripts"]["pocdeploy"].partition(":")
    assert callable(getattr(import_module(module), name))
    file = ROOT / PROJECT["tool"]["hatch"]["version"]["path"]
    assert f'__version__ = "{__version__}"' in file.read_text("utf-8")


def test_files_that_are_named_exist() -> None:
    assert (ROOT / PACKAGE["readme"]).is_file()
    assert ("license-files" in PACKAGE) == bool(list(ROOT.glob("LICENSE*")))
