"""The cache of tools built with Go and of virtualenvs, which take minutes to create, for all clones of a user.

It is in ``$XDG_CACHE_HOME/pocdeploy``, else ``~/.cache/pocdeploy``, and can be removed at any time. The name of an
entry depends on its sources, so another version is another entry, and clones can use one at the same time.
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
    """Return the folder for ``kind`` (``tools``, ``venvs``), created if necessary; None if it is not writable."""
    own = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(own) if own else Path.home() / ".cache"
        found = base / "pocdeploy" / kind
        found.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None
    return found if os.access(found, os.W_OK) else None


def key(parts: Iterable[bytes]) -> str:
    """Return a short digest of ``parts``."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()[:20]


@contextmanager
def entry(name: str, digest: str) -> Iterator[Path | None]:
    """Give the path of the program ``name`` with the ``digest`` of its sources (see ``key``), and lock it.

    The file may not exist yet. The path is None without a cache.
    """
    home = folder("tools")
    if home is None:
        yield None
        return
    place = home / f"{name}-{digest}"
    with filelock.hold(home / f".{place.name}.lock", f"build {name}", timeout=BUILD_TIMEOUT):
        yield place


def take(place: Path | None, target: Path) -> bool:
    """Link or copy the program at ``place`` to ``target`` if it exists; return whether it does."""
    if place is None or not place.is_file():
        return False
    os.utime(place)
    _same(place, target)
    return True


def keep(place: Path | None, program: Path) -> None:
    """Add ``program`` to the cache; errors are ignored."""
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
    """Link ``source`` to ``target``, or copy it if that fails; ``target`` is never incomplete."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as beside:
        new = Path(beside, target.name)
        try:
            os.link(source, new)
        except OSError:
            shutil.copy2(source, new)
        new.replace(target)
