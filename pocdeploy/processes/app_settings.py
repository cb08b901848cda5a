"""Settings of an application that runs without Docker, from the stack files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pocdeploy.config import AppSettings, load, stack_file
from pocdeploy.config.frameworks import with_defaults
from pocdeploy.config.references import check_references
from pocdeploy.config.secrets import KEY
from pocdeploy.errors import SettingsError
from pocdeploy.processes import stack_secrets


@dataclass(frozen=True)
class Found:
    """An application of a stack file."""

    app: AppSettings
    """With the defaults of its framework, and with path and patches."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Its secret variables in the stack file."""


def find(root: Path, name: str, source: Path | None = None) -> Found:
    """Return the settings of the application ``name``: of stack `dev`, else of the first stack file that has it.

    An application that is in no stack file has the defaults. ``source`` is another folder with it. Raises SettingsError
    for invalid settings, PreflightError if its secrets cannot be decrypted.
    """
    for stack in sorted(stack_file.names(root), key=lambda name: name != "dev"):
        raw = stack_file.read(root, stack)
        apps = json.loads(raw.get("pocdeploy:apps", "{}"))
        if isinstance(apps, dict) and name in apps:
            try:
                app = _validated(root, name, apps[name], source)
            except ValidationError:
                load(raw, root=root)  # raises the error with the configuration's own keys
                raise
            written = (stack_file.config(root, stack) or {}).get(KEY) or {}
            if findings := check_references(written, {name: app}):
                raise SettingsError(findings)
            own = written.get(name) if isinstance(written, dict) else None
            return Found(app, stack_secrets.read(root, stack, set(apps)).get(name, {}) if own else {})
    return Found(_validated(root, name, None, source))


def _validated(root: Path, name: str, given: Any, source: Path | None) -> AppSettings:
    settings = {"path": f"app/{name}", "patches": f"patches/{name}", **(given if isinstance(given, dict) else {})}
    if source:
        settings["path"] = str(source.absolute())
    return AppSettings.model_validate(with_defaults(name, settings, root))
