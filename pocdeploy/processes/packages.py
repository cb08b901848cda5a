"""The packages that an application asks for, as a file for pip, and the Python that it asks for."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pocdeploy.config import source_files
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.source.survey.languages import PYTHONS, python_version

_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)", re.M)
_SERVERS = {"flask": "gunicorn", "django": "gunicorn", "fastapi": "uvicorn"}
"""Framework -> server that pocdeploy's own image installs."""


def requirements(tree: Path, framework: str | None = None) -> Path:
    """Return the file with the packages of the application in ``tree``, for pip.

    It is ``requirements.txt``, or one beside ``tree`` made from uv.lock, poetry.lock, Pipfile.lock, pyproject.toml or
    Pipfile, as in the image of its ``framework``. Raises PocdeployError if there is none of them.
    """
    if (tree / "requirements.txt").is_file() and not (tree / "uv.lock").is_file():
        return tree / "requirements.txt"
    for name, reader in _READERS.items():
        if (tree / name).is_file():
            lines = [*reader(tree), *([_SERVERS[framework]] if framework in _SERVERS else [])]
            file = tree.with_name(f"{tree.name}.requirements.txt")
            file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
            return file
    expected = f"requirements.txt, {', '.join(_READERS)}"
    finding = Finding(
        where=str(tree / "requirements.txt"), what="file not found", expected=f"a list of packages: {expected}"
    )
    raise PocdeployError([finding])


def content(file: Path) -> bytes:
    """Return the content of a list of packages, with that of all files that it includes."""
    if not file.is_file():
        finding = Finding(where=str(file), what="file not found", expected="a list of packages for pip")
        raise PocdeployError([finding])
    seen: dict[Path, bytes] = {}
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path not in seen and path.is_file():
            seen[path] = path.read_bytes()
            waiting += [path.parent / match for match in _INCLUDE.findall(source_files.decode(seen[path]))]
    return b"\0".join(seen.values())


def interpreter(tree: Path) -> tuple[str, str]:
    """Return the Python for an application, and a sentence if it is not the one that the application asks for."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    version, where = python_version(source_files.read(tree))
    if version in {"", own} or (where == "pyproject.toml" and _allows(tree, own)):
        return sys.executable, ""
    if found := shutil.which(f"python{version}"):
        return found, ""
    return sys.executable, f"{where} asks for Python {version}, which is not on this machine; Python {own} is used"


def _allows(tree: Path, version: str) -> bool:
    """Return whether pyproject.toml allows a version, although a newer one is preferred."""
    text = re.search(
        r"(?:requires-python|^python)\s*=\s*\"([^\"]+)\"", (tree / "pyproject.toml").read_text("utf-8"), re.M
    )
    least = re.search(r"[>^~]=?\s*3\.(\d+)", text[1]) if text else None
    return version in PYTHONS and least is not None and int(version.split(".")[1]) >= int(least[1])


def _uv(tree: Path) -> Iterator[str]:
    locked = {each["name"]: each.get("version") for each in _toml(tree / "uv.lock").get("package", [])}
    yield from _pyproject(tree)
    constraints = tree.with_name(f"{tree.name}.constraints.txt")
    pins = [f"{name}=={version}\n" for name, version in locked.items() if version and re.match(r"\d", str(version))]
    constraints.write_text("".join(pins), "utf-8")
    yield f"-c {constraints}"


def _poetry(tree: Path) -> Iterator[str]:
    for each in _toml(tree / "poetry.lock").get("package", []):
        groups = each.get("groups", [each.get("category", "main")])
        if "main" in groups and not each.get("optional"):
            markers = each.get("markers")
            marker = markers.get("main") if isinstance(markers, dict) else markers
            yield f"{each['name']}=={each['version']}" + (f" ; {marker}" if marker else "")


def _pipfile_lock(tree: Path) -> Iterator[str]:
    for name, each in json.loads((tree / "Pipfile.lock").read_text("utf-8")).get("default", {}).items():
        extras = f"[{','.join(each['extras'])}]" if each.get("extras") else ""
        yield f"{name}{extras}{each.get('version', '')}" + (f" ; {each['markers']}" if each.get("markers") else "")


def _pyproject(tree: Path) -> Iterator[str]:
    data = _toml(tree / "pyproject.toml")
    yield from data.get("project", {}).get("dependencies", [])
    for name, wanted in data.get("tool", {}).get("poetry", {}).get("dependencies", {}).items():
        if name.lower() != "python":
            yield _of_poetry(name, wanted)


def _pipfile(tree: Path) -> Iterator[str]:
    for name, wanted in _toml(tree / "Pipfile").get("packages", {}).items():
        yield _of_poetry(name, wanted)


def _of_poetry(name: str, wanted: Any) -> str:
    """Return a line for pip: ``^1.2`` is ``>=1.2,<2``, ``~1.2`` is ``>=1.2,<1.3``, ``*`` any version."""
    given = wanted if isinstance(wanted, dict) else {"version": wanted}
    extras, version = ",".join(given.get("extras", [])), str(given.get("version", "*"))
    full = f"{name}[{extras}]" if extras else name
    if match := re.fullmatch(r"([\^~])(\d+)(?:\.(\d+))?(.*)", version):
        major, minor = int(match[2]), int(match[3] or 0)
        next_one = f"{major}.{minor + 1}" if match[1] == "~" or major == 0 else f"{major + 1}"
        return f"{full}>={version[1:]},<{next_one}"
    return full if version in {"*", ""} else f"{full}=={version}" if version[0].isdigit() else f"{full}{version}"


_READERS = {
    "uv.lock": _uv,
    "poetry.lock": _poetry,
    "Pipfile.lock": _pipfile_lock,
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
}
"""File -> reader of the lines for pip; the first one that exists counts."""


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        finding = Finding(where=str(file), what="cannot be read", actual=str(error), expected="a file in TOML")
        raise PocdeployError([finding]) from error
