"""The commit of an application's source, for people who look at what runs."""

from __future__ import annotations

from pathlib import Path

from pocdeploy import process

LENGTH = 10
"""Characters of a commit's hash. Not git's own abbreviation, whose length depends on the clone."""
CHANGED = "+changes"
"""Suffix if the files differ from the commit."""
TIMEOUT = 20.0  # seconds


def last_commit(source: Path, patches: Path | None) -> str | None:
    """Return the last commit that changed ``source`` or ``patches``, with ``+changes`` if files differ from it.

    None without git, outside of a repository, and in a shallow clone, which does not know it.
    """
    top, shallow = _git(source, "rev-parse", "--show-toplevel"), _git(source, "rev-parse", "--is-shallow-repository")
    if not top or shallow != "false":
        return None
    # Patches in another repository than the source are not a part of its commit.
    with_patches = patches is not None and patches.resolve().is_relative_to(Path(top).resolve())
    paths = ["--", ".", *([str(patches.resolve())] if patches and with_patches else [])]
    commit = _git(source, "log", "-1", "--format=%H", *paths)
    if not commit:
        return None
    return commit[:LENGTH] + (CHANGED if _git(source, "status", "--porcelain", *paths) else "")


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git writes; None if it fails."""
    done = process.run(["git", *arguments], cwd=folder, timeout=TIMEOUT)
    return done.stdout.strip() if done.code == 0 else None
