"""The packages that an application asks for, from the files of its package manager."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pocdeploy.config.source_files import SourceFiles

_FOR_DEVELOPMENT = re.compile(
    r"(^|[/_.-])(dev|develop|development|test|tests|testing|docs?|lint|local|ci)([/_.-]|$)", re.I
)
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def dependencies(files: SourceFiles) -> dict[str, str]:
    """Return the packages that a source needs to run: name in lower case -> file that asks for it.

    Python packages have '-' for '_' and '.'. Those for development alone are left out; what cannot be read counts as
    empty, because the package manager itself reports it.
    """
    found: dict[str, str] = {}
    for glob, reader in _READERS:
        for file in files.matching(glob):
            if not _FOR_DEVELOPMENT.search(file.removesuffix(".txt")):
                for name in reader(files.text(file)):
                    found.setdefault(name.lower(), file)
    return found


def _requirements(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = _NAME.match(line)
        if match and not line.lstrip().startswith("#"):
            yield _normal(match[1])


def _pyproject(text: str) -> Iterator[str]:
    data = _toml(text)
    project = _map(data.get("project"))
    lists = [project.get("dependencies"), *_map(project.get("optional-dependencies")).values()]
    groups = _map(data.get("dependency-groups"))
    lists += [group for name, group in groups.items() if not _FOR_DEVELOPMENT.search(name)]
    for requirement in (each for one in lists if isinstance(one, list) for each in one):
        if match := _NAME.match(str(requirement)):
            yield _normal(match[1])
    poetry = _map(_map(data.get("tool")).get("poetry"))
    of_poetry = _map(poetry.get("group"))
    wanted = [poetry, *(_map(group) for name, group in of_poetry.items() if not _FOR_DEVELOPMENT.search(name))]
    for group in wanted:
        yield from (_normal(name) for name in _map(group.get("dependencies")) if name != "python")


def _pipfile(text: str) -> Iterator[str]:
    yield from map(_normal, _map(_toml(text).get("packages")))


def _setup(text: str) -> Iterator[str]:
    listed = re.search(r"install_requires\s*=\s*(\[.*?\]|(?:\n[ \t]+\S+)+)", text, re.S)
    for line in re.split(r"[\n,]", listed[1].strip("[]")) if listed else ():
        if match := _NAME.match(line.strip().strip("\"'")):
            yield _normal(match[1])


def _package_json(text: str) -> Iterator[str]:
    data = json_map(text)
    for key in ("dependencies", "devDependencies"):  # build tools are among the latter: they are in the image, too
        yield from _map(data.get(key))


def _all(pattern: str) -> Callable[[str], Iterable[str]]:
    return lambda text: re.findall(pattern, text, re.M)


_READERS: tuple[tuple[str, Callable[[str], Iterable[str]]], ...] = (
    ("requirements*.txt", _requirements),
    ("requirements/*.txt", _requirements),
    ("*-requirements.txt", _requirements),
    ("pyproject.toml", _pyproject),
    ("Pipfile", _pipfile),
    ("setup.py", _setup),
    ("setup.cfg", _setup),
    ("package.json", _package_json),
    ("Gemfile", _all(r"^\s*gem\s+[\"']([\w-]+)")),
    ("go.mod", _all(r"^(?:require)?\s*([\w.-]+\.[\w.-]+/\S+)\s+v")),
    ("pom.xml", _all(r"<artifactId>\s*([\w.-]+)\s*</artifactId>")),
    ("build.gradle*", _all(r"[\"'](?:[\w.-]+:)?([\w.-]+)(?::[^\"']*)?[\"']")),
    ("composer.json", lambda text: _map(json_map(text).get("require"))),
    ("mix.exs", _all(r"\{:(\w+),")),
    ("Cargo.toml", lambda text: _map(_toml(text).get("dependencies"))),
)
"""Glob -> reader of the names in a file."""


def json_map(text: str) -> dict[str, Any]:
    """Return a JSON object; empty for anything else."""
    try:
        return _map(json.loads(text))
    except json.JSONDecodeError:
        return {}


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
