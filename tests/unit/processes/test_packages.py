"""Packages of an application, from the files of every package manager."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pocdeploy.errors import PocdeployError
from pocdeploy.processes import packages
from tests.unit.source.trees import write

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
LISTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "pyproject": ({"pyproject.toml": '[project]\ndependencies = ["flask>=3", "rq"]\n'}, ["flask>=3", "rq"]),
    "poetry without a lock": (
        {
            "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\na = "^1.2"\nb = "~1.2"\nc = "*"\n'
            'd = "1.0"\ne = {extras = ["x"], version = "^0.3"}\n'
        },
        ["a>=1.2,<2", "b>=1.2,<1.3", "c", "d==1.0", "e[x]>=0.3,<0.4"],
    ),
    "poetry": (
        {
            "poetry.lock": '[[package]]\nname = "a"\nversion = "1"\ngroups = ["main"]\n'
            '[[package]]\nname = "b"\nversion = "2"\ngroups = ["dev"]\n'
        },
        ["a==1"],
    ),
    "pipenv": (
        {
            "Pipfile.lock": '{"default": {"a": {"version": "==1", "extras": ["x"]}, '
            '"b": {"version": "==2", "markers": "python_version > \'3\'"}}}'
        },
        ["a[x]==1", "b==2 ; python_version > '3'"],
    ),
    "Pipfile": ({"Pipfile": '[packages]\na = "*"\nb = ">=2"\n'}, ["a", "b>=2"]),
}


@pytest.mark.parametrize("kind", LISTS)
def test_lines_for_pip(kind: str, tmp_path: Path) -> None:
    files, lines = LISTS[kind]
    file = packages.requirements(write(tmp_path / "tree", files))

    assert file.read_text().splitlines() == lines
    assert not file.is_relative_to(tmp_path / "tree"), "the copy of the source stays as it is"


def test_versions_of_uv_are_constraints(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "flask"\nversion = "3.1.0"\n[[package]]\nname = "me"\n'
    tree = write(tmp_path / "tree", {"uv.lock": lock, "pyproject.toml": '[project]\ndependencies = ["flask"]\n'})
    line, constraints = packages.requirements(tree).read_text().splitlines()

    assert (line, Path(constraints.removeprefix("-c ")).read_text()) == ("flask", "flask==3.1.0\n")


def test_the_server_of_the_framework_is_added(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"Pipfile": '[packages]\nflask = "*"\n'})

    assert packages.requirements(tree, "flask").read_text().splitlines() == ["flask", "gunicorn"]


def test_requirements_txt_has_priority(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"requirements.txt": "a\n", "Pipfile": ""})

    assert packages.requirements(tree) == tree / "requirements.txt"


def test_without_any_list_the_possible_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(PocdeployError, match=r"poetry\.lock"):
        packages.requirements(tmp_path)


def test_an_included_file_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"requirements.txt": "-r more/base.txt\n", "more/base.txt": "-c pins.txt\na\n", "more/pins.txt": "a==1\n"},
    )
    before = packages.content(tmp_path / "requirements.txt")
    (tmp_path / "more/pins.txt").write_text("a==2\n")

    assert packages.content(tmp_path / "requirements.txt") != before


@pytest.mark.parametrize(
    ("files", "notice"),
    [
        ({}, ""),
        ({".python-version": f"{OWN}.1\n"}, ""),
        ({"pyproject.toml": 'requires-python = ">=3.8"\n'}, ""),
        (
            {"runtime.txt": "python-3.99.0\n"},
            f"runtime.txt asks for Python 3.99, which is not on this machine; Python {OWN} is used",
        ),
    ],
)
def test_the_python_is_that_of_this_machine(files: dict[str, str], notice: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()

    assert packages.interpreter(write(tmp_path / "tree", files)) == (sys.executable, notice)
