"""Settings of an application that runs without Docker, from the stack files."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from pocdeploy.config import AppSettings, load, stack_file


def find(root: Path, name: str) -> AppSettings:
    """Return the settings of the application ``name``: of stack `dev`, else of the first stack file that has it.

    An application that is in no stack file has the defaults. Raises SettingsError for invalid settings.
    """
    for stack in sorted(stack_file.names(root), key=lambda name: name != "dev"):
        raw = stack_file.read(root, stack)
        apps = json.loads(raw.get("pocdeploy:apps", "{}"))
        if name in apps:
            try:
                return AppSettings.model_validate(apps[name] or {})
            except ValidationError:
                load(raw, root=root)  # raises the error with the configuration's own keys
                raise
    return AppSettings()
