"""The order of the applications, which Pulumi does not hand over: its maps come sorted by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

APPS = "apps"


def in_written_order(values: dict[str, Any], stack_file: Path) -> dict[str, Any]:
    """Return the settings with the applications in the order of the stack's file.

    The first one is at `localhost` and has its outputs under plain names, so another one that is added below must not
    become the first because of its name. What the file does not have, or a file that cannot be read, keeps its place:
    Pulumi itself reports the latter.
    """
    apps = values.get(APPS)
    if not isinstance(apps, dict):
        return values
    try:
        document = yaml.safe_load(stack_file.read_text(encoding="utf-8"))
        written = document["config"][f"pocdeploy:{APPS}"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return values
    names = [name for name in written if name in apps] if isinstance(written, dict) else []
    return {**values, APPS: {name: apps[name] for name in [*names, *(name for name in apps if name not in names)]}}
