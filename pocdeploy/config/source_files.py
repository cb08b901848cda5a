"""Read the text files of an application's patched source without making the copy.

The names are those of the patched copy: files that a patch adds count, files that it deletes do not. The content is
that of the source, or of the patch that adds the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pocdeploy import textfile
from pocdeploy.config import patch_text

SKIPPED = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".pocdeploy", "node_modules", ".venv", "venv", "vendor", ".tox", ".idea"}
    | {
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".gradle",
        ".next",
        ".terraform",
        "deps",
        "_build",
        "bower_components",
    }
)
"""Folders without source of the application's own."""
MOST_FILES = 20_000
LARGEST = 256 * 2**10
"""Bytes of a file that are read; what is interesting is never longer."""
DEEPEST = 8
"""Folders below the source."""


@dataclass(frozen=True)
class SourceFiles:
    """The text files of an application."""

    root: Path
    names: tuple[str, ...]
    """Paths below ``root`` with '/', those at the top first."""
    added: Mapping[str, str] = field(default_factory=dict)
    """Content of the files that patches add."""
    refused: tuple[str, ...] = ()
    """Symbolic links that leave the source; they are not followed."""

    def matching(self, *globs: str) -> list[str]:
        """Return the names that one of ``globs`` matches: ``*`` within a folder, ``**/`` any number of folders."""
        patterns = [_pattern(glob) for glob in globs]
        return [name for name in self.names if any(pattern.fullmatch(name) for pattern in patterns)]

    def has(self, *globs: str) -> bool:
        """Return whether a file matches."""
        return bool(self.matching(*globs))

    def text(self, name: str) -> str:
        """Return the content of a file, empty if there is none; a long one is cut, an unknown encoding replaced."""
        if name in self.added:
            return self.added[name]
        if name not in self.names:
            return ""
        try:
            with (self.root / name).open("rb") as stream:
                return decode(stream.read(LARGEST))
        except OSError:
            return ""

    def below(self, folder: str) -> SourceFiles:
        """Return the files of a folder as a source of its own; ``folder`` has '/' and may be empty."""
        if not folder:
            return self
        start = f"{folder.strip('/')}/"

        def cut(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(name.removeprefix(start) for name in names if name.startswith(start))

        added = {name.removeprefix(start): text for name, text in self.added.items() if name.startswith(start)}
        return SourceFiles(self.root / folder, cut(self.names), added, cut(self.refused))


def read(root: Path, patches: Path | None = None) -> SourceFiles:
    """Return the files of the source in ``root`` as the patches in the folder ``patches`` leave them."""
    refused: list[str] = []
    names = [name for name, _ in zip(_walk(root, refused), range(MOST_FILES), strict=False)]
    added: dict[str, str] = {}
    deleted: set[str] = set()
    for patch in sorted(patches.glob("*")) if patches and patches.is_dir() else ():
        if patch.suffix in {".patch", ".diff"} and patch.is_file():
            new, old = changes(patch.read_bytes())
            added = {name: text for name, text in {**added, **new}.items() if name not in old}
            deleted = (deleted | old) - new.keys()
    found = ({*names} | added.keys()) - deleted
    ordered = tuple(sorted(found, key=lambda name: (name.count("/"), name)))
    return SourceFiles(root, ordered, added, tuple(refused))


def changes(content: bytes) -> tuple[dict[str, str], set[str]]:
    """Return the files that a patch adds or renames, with the lines that it adds, and those that it removes."""
    patch = patch_text.parse(content)
    found = [(file, *patch_text.paths(file, patch.strip or 0)) for file in patch.files]
    added = {new: "".join(f"{line}\n" for line in file.added) for file, old, new in found if new and new != old}
    return added, {old for _, old, new in found if old and new != old}


def decode(content: bytes) -> str:
    """Return the text of a file in any encoding, with ``\\n`` at the end of each line."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        # Cut in the middle of a character: all before it is good.
        if error.start > len(content) - 4 and b"\0" not in content:
            content = content[: error.start]
    return _lines(textfile.decode_any(content))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _walk(top: Path, refused: list[str], folder: str = "", depth: int = 0) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(top / folder), key=lambda entry: entry.name)
    except OSError:
        return
    folders = []
    for entry in entries:
        name = f"{folder}{entry.name}"
        if entry.is_symlink() and not _stays_inside(Path(entry.path), top):
            refused.append(name)
            continue
        if entry.is_dir(follow_symlinks=False):
            folders += [f"{name}/"] if entry.name not in SKIPPED else []
        elif entry.is_file():
            yield name
    for inner in folders if depth < DEEPEST else ():
        if not (top / inner / "pyvenv.cfg").is_file():
            yield from _walk(top, refused, inner, depth + 1)


def _stays_inside(link: Path, top: Path) -> bool:
    try:
        return not link.readlink().is_absolute() and link.resolve().is_relative_to(top.resolve())
    except (OSError, RuntimeError):  # a loop
        return False


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    parts = (re.escape(part).replace(r"\*", "[^/]*") for part in glob.split("**/"))
    return re.compile("(?:.*/)?".join(parts))
