"""Versions of languages that a source asks for, and base images for them."""

from __future__ import annotations

import re

from pocdeploy.config.dependencies import json_map
from pocdeploy.config.source_files import SourceFiles

PYTHONS = ("3.13", "3.12", "3.11", "3.10", "3.9", "3.14")
"""In the order in which they are tried: the newest that most packages have wheels for comes first."""


def python_version(files: SourceFiles) -> tuple[str, str]:
    """Return the Python version that a source asks for (3.12), and the file that says so; empty if none does."""
    for name in (".python-version", "runtime.txt", ".tool-versions"):
        if match := re.search(r"(?:^|python[- ])(3\.\d+)", files.text(name), re.M):
            return match[1], name
    for name in ("pyproject.toml", "Pipfile", "setup.py", "setup.cfg"):
        text = files.text(name)
        found = re.search(
            r"^\s*(?:requires-python|python_requires|python_(?:full_)?version|python)\s*=\s*[\"']?([^\"'\n]+)",
            text,
            re.M,
        )
        if found and (version := _fitting(found[1])):
            return version, name
    return "", ""


def _fitting(wanted: str) -> str:
    """Return a Python version that a specification such as ``>=3.9,<3.12`` or ``^3.10`` allows."""
    if match := re.fullmatch(r"\s*(3\.\d+)(\.\d+)?\s*", wanted):
        return match[1]
    rules = re.findall(r"(>=|<=|==|~=|!=|[<>^~])\s*(\d+(?:\.\d+)?)", wanted)
    return next((version for version in PYTHONS if rules and all(_holds(version, *rule) for rule in rules)), "")


def _holds(version: str, sign: str, bound: str) -> bool:
    has, limit = (tuple(map(int, text.split("."))) for text in (version, bound))
    limit = (*limit, 0)[:2]
    match sign:
        case ">=" | "^" | "~=":
            return has >= limit
        case "<=":
            return has <= limit
        case "<":
            return has < limit
        case ">":
            return has > limit
        case "==" | "~":
            return has == limit
    return has != limit


def node_version(files: SourceFiles) -> tuple[str, str]:
    """Return the major version of Node that a source asks for, and the file that says so."""
    for name in (".nvmrc", ".node-version", ".tool-versions"):
        if match := re.search(r"(?:^|nodejs )v?(\d\d)", files.text(name), re.M):
            return match[1], name
    wanted = str((json_map(files.text("package.json")).get("engines") or {}).get("node", ""))
    numbers = [int(number) for number in re.findall(r"(?<![\d.])(\d\d)(?=[.x\s|<>]|$)", wanted)]
    if numbers and ">" not in wanted:
        return str(max(numbers)), "package.json"
    return ("", "") if not numbers or max(numbers) <= 22 else (str(max(numbers)), "package.json")


def ruby_version(files: SourceFiles) -> tuple[str, str]:
    """Return the Ruby version (3.3.8 or 3.3) that a source asks for, and the file that says so."""
    for name, pattern in (
        (".ruby-version", r"(\d+\.\d+(?:\.\d+)?)"),
        ("Gemfile", r"^ruby\s+[\"'](\d+\.\d+(?:\.\d+)?)"),
    ):
        if match := re.search(pattern, files.text(name), re.M):
            return match[1], name
    return "", ""


def java_version(files: SourceFiles) -> tuple[str, str]:
    """Return the Java version that a source asks for, and the file that says so."""
    for name in files.matching("pom.xml", "build.gradle*"):
        pattern = r"<(?:java\.version|maven\.compiler\.release)>(\d+)<|JavaLanguageVersion\.of\((\d+)\)|VERSION_(\d+)"
        if match := re.search(pattern, files.text(name)):
            return next(filter(None, match.groups())), name
    return "", ""


def go_version(files: SourceFiles) -> tuple[str, str]:
    """Return the Go version (1.22) of a source's go.mod."""
    match = re.search(r"^go (\d+\.\d+)", files.text("go.mod"), re.M)
    return (match[1], "go.mod") if match else ("", "")


def base_images(language: str, files: SourceFiles) -> dict[str, tuple[str, str]]:
    """Return the build arguments for the version that a source asks for: name -> image, and the file that says so."""
    match language:
        case "python":
            version, where = python_version(files)
            return {"PYTHON_IMAGE": (f"python:{version}-slim", where)} if version not in {"", "3.13"} else {}
        case "node":
            version, where = node_version(files)
            return {"NODE_IMAGE": (f"node:{version}-slim", where)} if version not in {"", "22"} else {}
        case "ruby":
            version, where = ruby_version(files)
            return {"RUBY_IMAGE": (f"ruby:{version}-slim", where)} if version else {}
        case "java":
            version, where = java_version(files)
            images = {"JDK_IMAGE": f"eclipse-temurin:{version}-jdk", "JRE_IMAGE": f"eclipse-temurin:{version}-jre"}
            return {name: (image, where) for name, image in images.items()} if version not in {"", "21"} else {}
    version, where = go_version(files)
    return {"GO_IMAGE": (f"golang:{version}", where)} if version else {}
