"""What a destroyed stack has left in the store: remembered here, and offered to the next stack of its name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pocdeploy import fixes
from pocdeploy.config import Settings


def file(root: Path, stack: str) -> Path:
    """Return the file with the last archives of a stack."""
    return root / ".pocdeploy" / "backups" / f"{stack.rpartition('/')[2]}.json"


def remember(root: Path, stack: str, archives: Mapping[str, Mapping[str, str]]) -> None:
    """Write down application -> ``server``, ``bucket`` and ``until``, the moment up to which it can be restored."""
    path = file(root, stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(archives, indent=2), encoding="utf-8")


def offers(root: Path, stack: str, settings: Settings) -> Iterator[str]:
    """Yield a line for each database of a new stack that could begin with what the last stack of this name had.

    Nothing is offered if the settings keep no backups, or already say how the database begins.
    """
    path = file(root, stack)
    if settings.backups.store == "none" or not path.is_file():
        return
    for app, archive in json.loads(path.read_text("utf-8")).items():
        database = settings.apps[app].own_database if app in settings.apps else None
        if database is None or database.recovery is not None:
            continue
        values = {f"apps.{app}.database.recovery.from": archive["server"]}
        if settings.backups.store == "s3" and settings.backups.bucket is None:
            values["backups.bucket"] = archive.get("bucket", "")  # otherwise a new one would be created
        command = fixes.set_values(values)
        until = archive["until"]
        yield f"{app}: the store has a backup until {until}. To begin with it, before the first `up`:  {command}"
