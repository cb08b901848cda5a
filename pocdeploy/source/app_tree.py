"""Copy an application's tree so that its image is the same on every machine."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from pocdeploy.errors import Finding, PatchError

# .pocdeploy has the state's passphrase: it must not be in an image, not even if the application is the project itself.
SKIPPED_NAMES = frozenset({".git", ".hg", ".svn", "__pycache__", ".pocdeploy"})
SKIPPED_SUFFIXES = (".sqlite3", ".sqlite3-journal", ".sqlite3-shm", ".sqlite3-wal")


def copy_tree(source: Path, target: Path) -> None:
    """Copy ``source`` to the new directory ``target``, without version control, caches, virtualenvs and databases.

    Symbolic links stay links. Raises PatchError with every link that leaves ``source``, and everything that is neither
    file, directory nor link (a pipe would block the copy forever); nothing is written then.
    """
    findings = link_findings(source)
    findings += [
        Finding(where=str(path), what="is neither a file, a directory nor a symbolic link", fix=f"rm {path}")
        for path in walk(source)
        if not (path.is_symlink() or path.is_file() or path.is_dir())
    ]
    if findings:
        raise PatchError(findings)
    target.mkdir(parents=True)
    for path in walk(source):
        copy = target / path.relative_to(source)
        if path.is_symlink():
            copy.symlink_to(path.readlink())
        elif path.is_dir():
            copy.mkdir()
        else:
            shutil.copyfile(path, copy)
            copy.chmod(path.stat().st_mode)
    normalise_modes(target)


def walk(top: Path) -> Iterator[Path]:
    """Yield the application's files and folders below ``top``, parents first, in the same order on every machine."""
    for path in sorted(top.iterdir(), key=lambda path: path.name):
        if _is_skipped(path):
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)


def _is_skipped(path: Path) -> bool:
    is_virtualenv = not path.is_symlink() and (path / "pyvenv.cfg").is_file()
    return path.name in SKIPPED_NAMES or path.name.endswith(SKIPPED_SUFFIXES) or is_virtualenv


def normalise_modes(top: Path) -> None:
    """Give every directory and executable file below ``top`` mode 0755 and every other file 0644.

    Docker hashes modes: without this, the umask of a checkout would change the image.
    """
    top.chmod(0o755)
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if executable else 0o644)


def link_findings(top: Path) -> list[Finding]:
    """Return a finding for every symbolic link below ``top`` that is absolute, leaves ``top`` or is a loop."""
    return [
        Finding(
            where=str(path.relative_to(top)),
            what="symbolic link leaves the application, or is a loop",
            actual=str(path.readlink()),
            expected="a relative link inside the application",
        )
        for path in walk(top)
        if path.is_symlink() and not _stays_inside(path, top)
    ]


def _stays_inside(link: Path, top: Path) -> bool:
    if link.readlink().is_absolute():
        return False
    try:
        resolved = link.resolve()
    except (OSError, RuntimeError):  # RuntimeError: a loop, up to Python 3.12
        return False
    # From Python 3.13 on a loop does not raise: resolve() then returns a path that is still a link.
    return not resolved.is_symlink() and resolved.is_relative_to(top.resolve())
