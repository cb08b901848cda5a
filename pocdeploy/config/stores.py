"""Two stacks never keep their backups in one folder: they would delete each other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pocdeploy import fixes
from pocdeploy.config import stack_file
from pocdeploy.config.backups import Backups
from pocdeploy.errors import Finding

KEY = "pocdeploy:backups"


def check_prefix(backups: Backups, root: Path, stack: str) -> Iterator[Finding]:
    """Yield a finding for each other stack file with the same folder of the same bucket, or one inside of it.

    Stacks of other machines are found by the check in the cluster (components/backend/backups/scripts/check.py).
    """
    if backups.store != "s3" or backups.bucket is None:
        return
    own = backups.prefix or stack
    for other, settings in _others(root, stack):
        place = (settings.get("bucket"), settings.get("endpoint"))
        theirs = str(settings.get("prefix") or other)
        if place == (backups.bucket, backups.endpoint) and _overlap(own, theirs):
            yield Finding(
                where=f"{KEY}.prefix",
                what=f"the stack {other} has its backups there, too",
                actual=own,
                expected=f"another path than {theirs} in the bucket {backups.bucket}, for example {stack}-backups",
                fix=fixes.set_value("backups.prefix", f"{stack}-backups"),
            )


def _others(root: Path, stack: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and settings of the store of each other stack file; one that cannot be read is left out."""
    for name in stack_file.names(root):
        found = (stack_file.config(root, name) or {}).get(KEY) if name != stack else None
        if isinstance(found, dict) and found.get("store") == "s3":
            yield name, found


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
