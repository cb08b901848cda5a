"""Notice changes of files, by their times and sizes: no package and no limit of the system is needed for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pocdeploy.source import app_tree

Seen = Mapping[Path, tuple[int, int]]
"""File -> time of its last change in nanoseconds, and size in bytes."""


def look(folders: Iterable[Path]) -> Seen:
    """Return what can change in ``folders``: what a copy of an application would have; a missing folder has nothing."""
    found: dict[Path, tuple[int, int]] = {}
    for folder in folders:
        # A file can be deleted, and a folder moved, while they are looked at: the next look sees that.
        with suppress(FileNotFoundError, NotADirectoryError):
            for path in app_tree.walk(folder):
                if not path.is_dir():
                    status = path.lstat()
                    found[path] = (status.st_mtime_ns, status.st_size)
    return found


def between(before: Seen, after: Seen) -> list[Path]:
    """Return the files that were added, changed or deleted."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
