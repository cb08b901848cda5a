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
            new, old = changes(decode(patch.read_bytes()))
            added = {name: text for name, text in {**added, **new}.items() if name not in old}
            deleted = (deleted | old) - new.keys()
    found = ({*names} | added.keys()) - deleted
    ordered = tuple(sorted(found, key=lambda name: (name.count("/"), name)))
    return SourceFiles(root, ordered, added, tuple(refused))


def changes(patch: str) -> tuple[dict[str, str], set[str]]:
    """Return the files that a patch adds, with their content, and those that it deletes or renames."""
    added: dict[str, str] = {}
    deleted: set[str] = set()
    for part in re.split(r"(?m)^(?=--- )", patch):
        head = re.match(r"--- (\S+)[^\n]*\n\+\+\+ (\S+)[^\n]*\n", part)
        if head is None:
            continue
        old, new = (name.partition("/")[2] or name for name in head.groups())
        if head[1] == os.devnull:
            lines = part[head.end() :].splitlines()
            added[new] = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
        elif head[2] == os.devnull:
            deleted.add(old)
    deleted |= set(re.findall(r"(?m)^rename from (\S+)", patch))
    added |= dict.fromkeys(re.findall(r"(?m)^rename to (\S+)", patch), "")
    return added, deleted


def decode(content: bytes) -> str:
    """Return the text of a file: UTF-8 or UTF-16 with a byte order mark, else UTF-8, else Latin-1."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _lines(content.decode(encoding, errors="replace"))
    try:
        return _lines(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        # Cut in the middle of a character: all before it is good.
        if error.start > len(content) - 4:
            return _lines(content[: error.start].decode("utf-8"))
        return _lines(content.decode("latin-1"))


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
