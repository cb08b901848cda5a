"""Check the files that settings name. The model checks only values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pocdeploy.config.apps import AppSettings
from pocdeploy.config.frameworks import own_files
from pocdeploy.config.settings import Settings
from pocdeploy.errors import Finding


def check_files(settings: Settings, root: Path) -> list[Finding]:
    """Return a finding for each file or directory in the settings that does not exist.

    ``root`` is the directory of Pulumi.yaml; relative paths start there. A missing patch directory is valid: it
    means that there are no patches.
    """
    findings = [found for name, app in settings.apps.items() for found in _app_files(name, app, root)]
    for name, chart in settings.installed_charts.items():
        if chart.is_archive and not (root / chart.source).is_file():
            key = f"pocdeploy:charts.{name}.source"
            findings.append(_missing(key, "chart archive not found", chart.source, "the path of a .tgz file"))
    return findings


def _app_files(name: str, app: AppSettings, root: Path) -> Iterator[Finding]:
    key = f"pocdeploy:apps.{name}"
    source = root / str(app.path)
    if not source.is_dir():
        yield _missing(f"{key}.path", "directory not found", str(app.path), "a directory with the source")
    elif app.context is not None and not (source / app.context).is_dir() and not _is_patched_in(app, root, app.context):
        yield _missing(f"{key}.context", "directory not found in the source", app.context, "a folder of the source")
    elif app.dockerfile is None and dockerfile(app, root) is None and not _own(app, source):
        what = "the source has no Dockerfile"
        shown = "/".join(filter(None, (app.path, app.context, "Dockerfile (default)")))
        yield _missing(f"{key}.dockerfile", what, shown, "the path of a Dockerfile")
    elif app.dockerfile is not None and dockerfile(app, root) is None:
        yield _missing(f"{key}.dockerfile", "file not found", app.dockerfile, "the path of a Dockerfile")
    recovery = app.database.recovery if app.database else None
    if recovery is not None and not (root / recovery.mask).is_file():
        what = "file not found: a copy must be masked"
        yield _missing(f"{key}.database.recovery.mask", what, recovery.mask, "the path of a file with SQL")
    if app.requirements is not None and not (root / app.requirements).is_file():
        yield _missing(f"{key}.requirements", "file not found", app.requirements, "the path of a requirements.txt")
    if app.patches is not None and (root / app.patches).is_file():
        yield _missing(f"{key}.patches", "this is a file, not a directory", app.patches, "a directory of .patch files")


def _own(app: AppSettings, source: Path) -> bool:
    return bool(own_files(app.framework, source / (app.context or "")))


def dockerfile(app: AppSettings, root: Path) -> Path | None:
    """Return the Dockerfile of an application before its patches are applied; None if there is none.

    A file that only a patch creates counts, although it does not exist yet.
    """
    source = root / str(app.path)
    if app.dockerfile is None:
        name = "/".join(filter(None, (app.context, "Dockerfile")))
        places = [source / name]
    else:
        name, places = app.dockerfile, [root / app.dockerfile, source / app.dockerfile]
    found = next((place for place in places if place.is_file()), None)
    return places[-1] if found is None and _is_patched_in(app, root, name) else found


def _is_patched_in(app: AppSettings, root: Path, name: str) -> bool:
    """Return whether a patch names a file, or one below a folder, of this name."""
    folder = root / app.patches if app.patches else None
    patches = [it for it in folder.iterdir() if it.is_file()] if folder and folder.is_dir() else []
    new = re.compile(rf"^\+\+\+ b/{re.escape(name)}(/|\s|$)", re.MULTILINE)
    return any(new.search(patch.read_text("utf-8", errors="replace")) for patch in patches)


def _missing(where: str, what: str, actual: str, expected: str) -> Finding:
    return Finding(
        where=where, what=what, actual=actual, expected=expected, fix=f"pulumi config set --path '{where}' <path>"
    )
