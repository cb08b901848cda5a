"""Find the application in a source: its folder, its Dockerfile and the folder that its image is built from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pocdeploy.config import frameworks
from pocdeploy.config.dependencies import json_map
from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.survey.container import Image, dockerfiles, read_image

_FRONTENDS = frozenset({"react", "vue", "svelte", "@angular/core", "vite", "react-scripts", "preact", "solid-js"})
_SERVERS = frozenset(
    {
        "express",
        "next",
        "fastify",
        "koa",
        "hono",
        "@nestjs/core",
        "nuxt",
        "@remix-run/node",
        "hapi",
        "@hapi/hapi",
        "pg",
        "prisma",
    }
)


@dataclass(frozen=True)
class Place:
    """Where the application is in its source."""

    folder: str = ""
    """Folder with the application, below the source; empty: the source itself."""
    framework: str | None = None
    context: str = ""
    """Folder that the image is built from."""
    dockerfile: str = ""
    """Its Dockerfile, below the source; empty if there is none."""
    image: Image = field(default_factory=Image)
    lacking: tuple[str, ...] = ()
    """What the Dockerfile copies and the source does not have."""
    others: tuple[str, ...] = ()
    """Other folders with an application."""


def find_place(files: SourceFiles) -> Place:
    """Return where the application is; of several the one that is most likely served."""
    found = _applications(files)
    folder, framework = found[0] if found else ("", None)
    candidates = dockerfiles(files)
    own = [name for name in candidates if name.rpartition("/")[0] == folder]
    shared = [name for name in candidates if not any(name.startswith(f"{other}/") for other, _ in found[1:])]
    # Beside one for development, that for production.
    dockerfile = next((name for name in own if "prod" in name), next(iter([*own, *shared]), ""))
    others = tuple(other for other, _ in found[1:])
    if not dockerfile:
        return Place(folder=folder, framework=framework, context=folder, others=others)
    image = read_image(files.text(dockerfile))
    context, lacking = _context(files, dockerfile, image)
    return Place(folder, framework, context, dockerfile, image, lacking, others)


def _applications(files: SourceFiles) -> list[tuple[str, str]]:
    """Return the folders with an application and its framework, the most likely first."""
    marks = files.matching("*/*", "*/*/*")
    folders = ["", *dict.fromkeys(name.rpartition("/")[0] for name in marks if _is_mark(name))]
    found = []
    for folder in folders:
        below = files.below(folder)
        framework = frameworks.recognise(below)
        if framework == "django" and not below.has("manage.py"):
            framework = None  # it is in a folder below
        if framework and not (framework == "node" and _is_frontend(below)):
            found.append((folder, framework))
    ranks = {name: frameworks.get(name).rank for name in frameworks.names()}
    top = [each for each in found if not each[0] and each[1] != "node"]
    return top or sorted(found, key=lambda each: (ranks[each[1]], each[0].count("/"), each[0]))


_MARKS = frozenset(
    {"manage.py", "package.json", "requirements.txt", "pyproject.toml", "Pipfile", "go.mod", "pom.xml", "Gemfile"}
    | {"build.gradle", "build.gradle.kts"}
)


def _is_mark(name: str) -> bool:
    is_elsewhere = re.search(r"(^|/)(tests?|docs?|examples?|e2e|\.\w+)/", name)
    return name.rpartition("/")[2] in _MARKS and is_elsewhere is None


def _is_frontend(files: SourceFiles) -> bool:
    """Return whether a package.json only builds pages, or only names the packages below it."""
    data = json_map(files.text("package.json"))
    packages = {**(data.get("dependencies") or {}), **(data.get("devDependencies") or {})}
    if _SERVERS & packages.keys():
        return False
    starts = "start" in (data.get("scripts") or {}) or "main" in data or files.has("server.js", "index.js", "app.js")
    return bool(_FRONTENDS & packages.keys()) or "workspaces" in data or not starts


def _context(files: SourceFiles, dockerfile: str, image: Image) -> tuple[str, tuple[str, ...]]:
    """Return the folder that has all that a Dockerfile copies, and what no folder has."""
    folder = dockerfile.rpartition("/")[0]
    above = [folder[:end] for end in range(len(folder), -1, -1) if end == len(folder) or folder[end : end + 1] == "/"]
    choices = list(dict.fromkeys(["", *reversed(above)]))
    lacking = {choice: _not_there(files.below(choice), image.copied) for choice in choices}
    best = min(choices, key=lambda choice: len(lacking[choice]))
    if folder and not lacking[folder] and frameworks.recognise(files.below(folder)):
        best = folder
    return best, tuple(lacking[best])


def _not_there(files: SourceFiles, copied: tuple[str, ...]) -> list[str]:
    lacking = []
    for path in dict.fromkeys(copied):
        plain = re.sub(r"^(\./)+", "", path).rstrip("/")
        if plain in {"", "."} or re.search(r"[$*?\[]|^https?:|^<<|^/", plain):
            continue
        if not (plain in files.names or any(name.startswith(f"{plain}/") for name in files.names)):
            lacking.append(path)
    return lacking
