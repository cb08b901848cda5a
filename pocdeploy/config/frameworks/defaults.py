"""Put the defaults of its framework below the settings of an application."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pocdeploy.config import source_files
from pocdeploy.config.dependencies import dependencies
from pocdeploy.config.frameworks import catalog
from pocdeploy.config.frameworks.recognition import recognise
from pocdeploy.config.source_files import SourceFiles

DJANGO = "django"
"""The framework whose defaults are those of the settings themselves."""
_MANAGE = "**/manage.py"
_RELEASE = re.compile(r"^\s*release\s*:", re.M | re.I)


def with_defaults(name: str, given: Any, root: Path) -> Any:
    """Return unchecked settings of an application with the defaults of its framework below them.

    Without ``framework`` it is recognised from the patched source, which happens only for an application that could not
    be deployed otherwise: it has no manage.py, and no command that migrates. One that has such a command gets nothing
    but the absence of Django's administrator.

    Args:
        name: the application, as it was deployed.
        given: its settings.
        root: directory of Pulumi.yaml.
    """
    if not isinstance(given, dict | None):
        return given
    settings = given or {}
    framework = settings.get("framework")
    if framework is not None:
        known = framework in (*catalog.names(), catalog.NONE) and framework != DJANGO
        return catalog.merged(_below(framework, _source(name, settings, root), settings), settings) if known else given
    files = _source(name, settings, root)
    if files is None or files.has(_MANAGE):
        return given
    commands = settings.get("commands")
    if isinstance(commands, dict) and "migrate" in commands:
        return {**settings, "commands": {"admin": None, **commands}}
    found = recognise(files) or catalog.NONE
    return catalog.merged({**_below(found, files, settings), "framework": found}, settings)


def own_files(framework: str | None, source: Path) -> dict[str, str]:
    """Return the files of an image for a source without a Dockerfile: name -> content; none if no framework has them.

    ``framework`` is that of the settings, ``source`` the folder of the application.
    """
    if framework is None and (source / "manage.py").is_file():
        framework = DJANGO
    return {} if framework in {None, catalog.NONE} else catalog.get(str(framework)).files


def _below(framework: str, files: SourceFiles | None, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the defaults of a framework for an application with these settings."""
    if framework == catalog.NONE:
        found = catalog.WITHOUT
    else:
        packages = frozenset(dependencies(files)) if files else frozenset()
        found = catalog.get(framework).defaults(files or SourceFiles(Path(), ()), packages)
    processes = settings.get("processes")
    is_given = isinstance(processes, dict) and processes.get("release") is not None
    if is_given or (files and _RELEASE.search(files.text("Procfile"))):
        # This line is what runs before each release.
        return {**found, "commands": {key: it for key, it in found.get("commands", {}).items() if key != "migrate"}}
    return found


def _source(name: str, settings: dict[str, Any], root: Path) -> SourceFiles | None:
    """Return the files of the patched source, in its folder `context` if that is set; None if there is no source."""
    path = root / str(settings.get("path") or f"app/{name}")
    if not path.is_dir():
        return None
    patches = root / str(settings.get("patches") or f"patches/{name}")
    touched = any(b"manage.py" in patch.read_bytes() for patch in patches.glob("*") if patch.is_file())
    if (path / "manage.py").is_file() and not touched and not settings.get("context"):
        return SourceFiles(path, ("manage.py",))
    return source_files.read(path, patches).below(str(settings.get("context") or ""))
