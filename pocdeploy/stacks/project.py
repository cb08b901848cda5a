"""Find the project: the folder with the Pulumi program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocdeploy.config import stack_file
from pocdeploy.errors import Finding, PreflightError, SettingsError

NAME = "pocdeploy"
"""Name in Pulumi.yaml."""


def find(start: Path) -> Path:
    """Return the folder of the project that ``start`` is in: ``start`` itself or the next one above it.

    Raises PreflightError if there is none.
    """
    others = []
    for folder in (start, *start.parents):
        found = _name_and_runtime(folder / "Pulumi.yaml")
        if found == (NAME, "python") and (folder / "components").is_dir():
            return folder
        others += [f"{folder / 'Pulumi.yaml'} is of another project"] if found else []
    finding = Finding(
        where=str(start),
        what="no pocdeploy project in this folder or above it",
        actual="; ".join(others) or "no Pulumi.yaml",
        expected=f"a checkout of pocdeploy: Pulumi.yaml with `name: {NAME}` and `runtime: python`, beside components/",
        fix="cd CHECKOUT",
    )
    raise PreflightError([finding])


def version(root: Path) -> str | None:
    """Return the version of the project's own code; None if there is none."""
    file = root / "pocdeploy" / "__init__.py"
    found = re.search(r'^__version__ = "(.+)"$', file.read_text("utf-8"), flags=re.M) if file.is_file() else None
    return found[1] if found else None


def _name_and_runtime(file: Path) -> tuple[Any, Any] | None:
    """Return name and runtime of a Pulumi.yaml; None if there is no readable one."""
    try:
        document = stack_file.document(file).data
    except SettingsError:
        return None
    if not document or not isinstance(document, Mapping):
        return None
    runtime = document.get("runtime")
    return document.get("name"), runtime.get("name") if isinstance(runtime, Mapping) else runtime
