"""Check the files that settings name. The model checks only values."""

from __future__ import annotations

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
    elif app.dockerfile is None and not (source / "Dockerfile").is_file() and not own_files(app.framework, source):
        what = "the source has no Dockerfile"
        yield _missing(f"{key}.dockerfile", what, f"{app.path}/Dockerfile (default)", "the path of a Dockerfile")
    if app.dockerfile is not None and not (root / app.dockerfile).is_file():
        yield _missing(f"{key}.dockerfile", "file not found", app.dockerfile, "the path of a Dockerfile")
    recovery = app.database.recovery if app.database else None
    if recovery is not None and not (root / recovery.mask).is_file():
        what = "file not found: a copy must be masked"
        yield _missing(f"{key}.database.recovery.mask", what, recovery.mask, "the path of a file with SQL")
    if app.requirements is not None and not (root / app.requirements).is_file():
        yield _missing(f"{key}.requirements", "file not found", app.requirements, "the path of a requirements.txt")
    if app.patches is not None and (root / app.patches).is_file():
        yield _missing(f"{key}.patches", "this is a file, not a directory", app.patches, "a directory of .patch files")


def _missing(where: str, what: str, actual: str, expected: str) -> Finding:
    return Finding(
        where=where, what=what, actual=actual, expected=expected, fix=f"pulumi config set --path '{where}' <path>"
    )
