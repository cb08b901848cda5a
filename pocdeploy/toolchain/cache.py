"""The cache of what takes minutes to make and is the same in all clones of a user: tools built with Go, virtualenvs.

It is in ``$XDG_CACHE_HOME/pocdeploy``, else ``~/.cache/pocdeploy``; removing it costs time and nothing else. The name
of an entry says what it was made of, so another version is another entry, and clones can use one at the same time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pocdeploy import filelock

BUILD_TIMEOUT = 3600.0  # seconds
UNUSED_DAYS = 30
"""Entries that were not used for so long are removed when a new one of the same name is added."""


def folder(kind: str) -> Path | None:
    """Return the cache's folder for ``kind`` (``tools``, ``venvs``), made if need be; None if it cannot be written."""
    own = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(own) if own else Path.home() / ".cache"
        found = base / "pocdeploy" / kind
        found.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # the latter: there is no home
        return None
    return found if os.access(found, os.W_OK) else None


def key(parts: Iterable[bytes]) -> str:
    """Return a short name for a content: equal for equal parts in equal order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()[:20]


@contextmanager
def entry(name: str, made_of: str) -> Iterator[Path | None]:
    """Give the place of the program ``name`` that is made of ``made_of`` (see ``key``), whether it is there or not.

    The entry is locked meanwhile: a second process waits and finds the result of the first. None without a cache.
    """
    home = folder("tools")
    if home is None:
        yield None
        return
    place = home / f"{name}-{made_of}"
    with filelock.hold(home / f".{place.name}.lock", f"build {name}", timeout=BUILD_TIMEOUT):
        yield place


def take(place: Path | None, target: Path) -> bool:
    """Put the program at ``place`` to ``target`` too, if it is there; say whether it was."""
    if place is None or not place.is_file():
        return False
    os.utime(place)
    _same(place, target)
    return True


def keep(place: Path | None, program: Path) -> None:
    """Put ``program`` into the cache. A cache that cannot take it is no error."""
    if place is None:
        return
    name = place.name.rpartition("-")[0]
    oldest = time.time() - UNUSED_DAYS * 24 * 60 * 60
    with suppress(OSError):
        _same(program, place)
        for other in place.parent.glob(f"{name}-*"):
            if other.name.rpartition("-")[0] == name and other.stat().st_mtime < oldest:
                other.unlink()


def _same(source: Path, target: Path) -> None:
    """Let ``target`` be the same file as ``source``, or a copy where that cannot be; never half of one."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as beside:
        new = Path(beside, target.name)
        try:
            os.link(source, new)
        except OSError:
            shutil.copy2(source, new)
        new.replace(target)
