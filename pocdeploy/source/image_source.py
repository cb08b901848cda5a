"""Find the Dockerfile that an image is built with, in the patched copy of an application."""

from __future__ import annotations

from pathlib import Path

from pocdeploy import fixes
from pocdeploy.config import AppSettings
from pocdeploy.errors import Finding, PatchError


def dockerfile(name: str, app: AppSettings, root: Path, tree: Path) -> Path:
    """Return the Dockerfile of the application ``name``: the patched one in ``tree``, or one outside of the source.

    ``root`` is the directory of Pulumi.yaml. Raises PatchError if there is none.
    """
    if app.dockerfile is None:
        found = tree / (app.context or "") / "Dockerfile"
    else:
        found = _chosen(app.dockerfile, root, root / str(app.path), tree)
    if found.is_file():
        return found
    where = f"pocdeploy:apps.{name}.dockerfile"
    raise PatchError(
        [
            Finding(
                where=where,
                what="not found in the project, nor in the patched source",
                actual=app.dockerfile or f"{app.context or app.path}/Dockerfile (default)",
                expected="the path of a Dockerfile",
                fix=fixes.unset(where) if app.dockerfile else fixes.set_value(where, "Dockerfile"),
            )
        ]
    )


def _chosen(path: str, root: Path, source: Path, tree: Path) -> Path:
    """Return the Dockerfile that the settings name; of one in the source, the patched copy."""
    given, top = (root / path).resolve(), source.resolve()
    if given.is_relative_to(top):
        return tree / given.relative_to(top)
    return root / path if given.is_file() else tree / path
