"""Check the files that settings name. The model checks only values."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pocdeploy import fixes, textfile
from pocdeploy.config import patch_text
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.frameworks import own_files
from pocdeploy.config.settings import Settings
from pocdeploy.errors import Finding


def check_files(settings: Settings, root: Path) -> list[Finding]:
    """Return a finding for each file or directory in the settings that does not exist.

    ``root`` is the directory of Pulumi.yaml; relative paths start there. The default directory of patches may be
    missing: it means that there are no patches.
    """
    findings = [found for name, app in settings.apps.items() for found in _app_files(name, app, root)]
    for name, chart in settings.installed_charts.items():
        if chart.is_archive and not (root / chart.source).is_file():
            field = next(it for it in type(settings.charts).model_fields.values() if (it.alias or "") == name)
            key = f"pocdeploy:charts.{name}.source"
            archives = _found(root, root / "charts", "*.tgz")
            expected = "the path of a .tgz file"
            nearest = _nearest(chart.source, archives, field.default.source)
            findings.append(_missing(key, "chart archive not found", chart.source, expected, nearest))
    return findings


def _app_files(name: str, app: AppSettings, root: Path) -> Iterator[Finding]:
    key = f"pocdeploy:apps.{name}"
    source = root / str(app.path)
    if not source.is_dir():
        nearest = _nearest(str(app.path), _found(root, root / "app", f"{name}/") or _found(root, root / "app", "*/"))
        yield _missing(f"{key}.path", "directory not found", str(app.path), "a directory with the source", nearest)
    elif app.context is not None and not (source / app.context).is_dir() and not _is_patched_in(app, root, app.context):
        folders = [str(it.relative_to(source)) for it in sorted(source.iterdir()) if it.is_dir()]
        what, expected = "directory not found in the source", "a folder of the source"
        yield _missing(f"{key}.context", what, app.context, expected, _nearest(app.context, folders))
    elif dockerfile(app, root) is None and (app.dockerfile is not None or not _own(app, source)):
        yield _no_dockerfile(key, app, root)
    elif (file := dockerfile(app, root)) and file.is_file():
        shown = str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
        fault = textfile.not_utf8(file.read_bytes(), shown)
        yield from [fault] if fault else []
    recovery = app.database.recovery if app.database else None
    if recovery is not None and recovery.mask and not (root / recovery.mask).is_file():
        what = "file not found: a copy must be masked"
        nearest = _nearest(recovery.mask, _found(root, source, "*.sql") + _found(root, root / "docs/stacks", "*.sql"))
        expected = "the path of a file with SQL"
        yield _missing(f"{key}.database.recovery.mask", what, recovery.mask, expected, nearest)
    if app.requirements is not None and not (root / app.requirements).is_file():
        nearest = _nearest(app.requirements, _found(root, source, "*requirements*.txt", "*/*requirements*.txt"))
        expected = "the path of a requirements.txt"
        yield _missing(f"{key}.requirements", "file not found", app.requirements, expected, nearest)
    yield from _patches(name, app, root)


def _no_dockerfile(key: str, app: AppSettings, root: Path) -> Finding:
    source = root / str(app.path)
    files = _found(root, source, "*Dockerfile*", "*/Dockerfile*") or _found(root, root / "app", "*/Dockerfile")
    default = "/".join(filter(None, (app.path, app.context, "Dockerfile (default)")))
    what = "the source has no Dockerfile" if app.dockerfile is None else "file not found"
    nearest = _nearest(app.dockerfile or default, files)
    return _missing(f"{key}.dockerfile", what, app.dockerfile or default, "the path of a Dockerfile", nearest)


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
    parsed = [patch_text.parse(patch.read_bytes()) for patch in patches]
    named = (patch_text.paths(file, patch.strip or 0)[1] or "" for patch in parsed for file in patch.files)
    return any(f"{new}/".startswith(f"{name}/") for new in named)


def _patches(name: str, app: AppSettings, root: Path) -> Iterator[Finding]:
    where, folder = f"pocdeploy:apps.{name}.patches", root / str(app.patches)
    # Stack files that are made from another one name the default, whether there are patches or not.
    is_default = app.patches in (None, f"patches/{app.renamed_from or name}", f"patches/{Path(str(app.path)).name}")
    if not folder.is_dir() and (folder.exists() or not is_default):
        what = "this is a file, not a directory" if folder.exists() else "directory not found"
        nearest = _nearest(str(app.patches), _found(root, root / "patches", "*/"))
        yield _missing(where, what, str(app.patches), "a directory of .patch files", nearest)


def _found(root: Path, folder: Path, *patterns: str) -> list[str]:
    """Return the files, or with a slash behind the pattern the directories, in a folder of the project."""
    found = (path for pattern in patterns for path in sorted(folder.glob(pattern.rstrip("/"))))
    files = [path for path in found if path.is_dir() == patterns[0].endswith("/")]
    return [str(path.relative_to(root)) if path.is_relative_to(root) else str(path) for path in files]


def _nearest(actual: str, found: Iterable[str], otherwise: str = "") -> str:
    """Return the path that is most like an invalid one; the default if there is none."""
    known = [*found]
    close = difflib.get_close_matches(actual, known, n=1, cutoff=0.0)
    return close[0] if close else otherwise


def _missing(where: str, what: str, actual: str, expected: str, nearest: str) -> Finding:
    return Finding(
        where=where,
        what=what,
        actual=actual,
        expected=f"{expected}, for example {nearest}" if nearest else expected,
        fix=fixes.set_value(where, nearest) if nearest else fixes.unset(where),
    )
