"""Read a patch: which files it changes, and what `git apply` would leave out without an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from pocdeploy import textfile

_GIT = re.compile(r"diff --git (?P<names>.+)")
_HUNK = re.compile(r"@@ -\d+(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")
_OF_GIT = re.compile(
    r"GIT binary patch$|(?:new|deleted) file mode \d{6}$|(?:old|new) mode \d{6}$|(?:rename|copy) from "
)
"""Lines that only stand below ``diff --git``."""
_EMPTY = re.compile(r"0+$|e69de29")
"""Names that git gives to no file and to an empty one."""
_NOTHING = "/dev/null"
_PREFIXES = frozenset({"a", "b", "c", "i", "o", "w", "1", "2", "old", "new", "orig", "original", "modified"})
"""First parts of the names in patches that stand before the path."""


@dataclass(frozen=True)
class FilePatch:
    """What a patch does to one file."""

    line: int
    """Line on which it begins, from 1."""
    old: str | None = None
    """Name before, with its prefix; None for a file that is added."""
    new: str | None = None
    """Name after, with its prefix; None for a file that is deleted."""
    strip: int | None = None
    """Parts that stand before the path: 1 for ``a/`` and ``b/``, 0 without them, None if the names do not tell."""
    old_path: str | None = None
    new_path: str | None = None
    """Paths of a file that is renamed or copied."""
    added: tuple[str, ...] = ()
    """Lines that the file gets."""
    is_submodule: bool = False
    expects_content: bool = False
    """Whether its head says that the content changes."""
    has_content: bool = False


@dataclass(frozen=True)
class Patch:
    """A patch."""

    files: tuple[FilePatch, ...] = ()
    only_in: tuple[tuple[int, str], ...] = ()
    """Lines of `diff -r` about a file that is in one folder only, and so is not in the patch."""
    short_hunk: int | None = None
    """Line of a hunk that ends too early."""
    without_head: int | None = None
    """Line of a part that has lost its ``diff --git``."""

    @property
    def strip(self) -> int | None:
        """Return how many parts stand before all paths: 1, 0; None if the files do not agree."""
        known = {file.strip for file in self.files} - {None}
        if known:
            return known.pop() if len(known) == 1 else None
        # The names of files that are only added or deleted do not tell it.
        return int(all((file.old or file.new or "").partition("/")[0] in _PREFIXES for file in self.files))


@dataclass
class _Reader:
    lines: list[str]
    position: int = 0
    files: list[FilePatch] = field(default_factory=list)
    only_in: list[tuple[int, str]] = field(default_factory=list)
    short_hunk: int | None = None
    without_head: int | None = None

    def read(self) -> Patch:
        while self.position < len(self.lines):
            line = self.lines[self.position]
            if match := _GIT.match(line):
                self._begin(FilePatch(self.position + 1, **_git_names(match["names"])))
            elif line.startswith("--- ") and self._line(1).startswith("+++ "):
                self._names()
            elif (match := _HUNK.match(line)) and self.files:
                self._hunk(int(match["old"] or 1), int(match["new"] or 1))
            elif self.files and self._is_of_git(self.files[-1]):
                self.files[-1] = replace(self.files[-1], **_extended(line, self.files[-1]))
            else:
                self._outside(line)
            self.position += 1
        return Patch(tuple(self.files), tuple(self.only_in), self.short_hunk, self.without_head)

    def _outside(self, line: str) -> None:
        """Read a line that is in no part of git: prose, or what `diff -r` says."""
        if _OF_GIT.match(line):
            self.without_head = self.without_head or self.position + 1
        elif self.files or not any(map(_GIT.match, self.lines)):  # before that it is the text of a mail
            if re.match(r"Only in [^:]+: .+", line):
                self.only_in.append((self.position + 1, line))
            elif re.match(r"Binary files .+ and .+ differ$", line):
                self._begin(FilePatch(self.position + 1, new=line.split()[4], expects_content=True))

    def _line(self, offset: int) -> str:
        return self.lines[self.position + offset] if self.position + offset < len(self.lines) else ""

    def _begin(self, file: FilePatch) -> None:
        self.files.append(file)

    def _names(self) -> None:
        old, new = (_name(self._line(offset)[4:]) for offset in (0, 1))
        if self.files and self._is_of_git(self.files[-1]):
            self.files[-1] = replace(self.files[-1], old=old, new=new)
        else:
            self._begin(FilePatch(self.position + 1, old, new, _strip(old, new)))
        self.position += 1

    def _is_of_git(self, file: FilePatch) -> bool:
        """Return whether these names are those of the section that `diff --git` began."""
        between = self.lines[file.line - 1 : self.position]
        return bool(_GIT.match(between[0])) and not any(_HUNK.match(line) for line in between)

    def _hunk(self, old: int, new: int) -> None:
        start, added = self.position, []
        while old > 0 or new > 0:
            line = self._line(1)
            if self.position + 1 >= len(self.lines) or line[:1] not in ("", " ", "+", "-", "\\"):
                self.short_hunk = self.short_hunk or start + 1
                break
            old -= line[:1] in ("", " ", "-")
            new -= line[:1] in ("", " ", "+")
            added += [line[1:]] if line.startswith("+") else []
            self.position += 1
        self.files[-1] = replace(self.files[-1], added=(*self.files[-1].added, *added), has_content=True)


def parse(content: bytes) -> Patch:
    """Return what a patch says. Bytes that are no UTF-8 are allowed: files of an application may have any encoding."""
    text = textfile.decode_any(content)
    return _Reader([line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]).read()


def _git_names(names: str) -> dict[str, Any]:
    middle = len(names) // 2
    is_equal = names[:middle] == names[middle + 1 :] and names[middle] == " "
    quoted = re.fullmatch(r'("(?:\\.|[^"\\])*"|\S+) ("(?:\\.|[^"\\])*"|\S+)', names)
    old, new = quoted.groups() if quoted and not is_equal else (names[:middle], names[middle + 1 :])
    return {"old": _name(old), "new": _name(new), "strip": 0 if is_equal else 1}


def _extended(line: str, file: FilePatch) -> dict[str, Any]:
    """Return what a line between ``diff --git`` and the first hunk changes."""
    changes: dict[str, Any] = {}
    if re.match(r"(?:new file mode|deleted file mode|old mode|new mode) 160000$|index \w+\.\.\w+ 160000$", line):
        changes = {"is_submodule": True}
    elif match := re.match(r"(new|deleted) file mode ", line):
        is_unclear = str(file.old).partition("/")[0] in _PREFIXES
        changes = {"old" if match[1] == "new" else "new": None, "strip": None if is_unclear else file.strip}
    elif match := re.match(r"(?:rename|copy) (from|to) (.+)", line):
        name = _name(match[2])  # never has a prefix
        changes = {"new_path": name} if match[1] == "to" else {"old_path": name, "strip": int(name != file.old)}
    elif re.match(r"Binary files .+ differ$", line):
        changes = {"expects_content": True}
    elif line == "GIT binary patch":
        changes = {"has_content": True}
    elif match := re.match(r"index (\w+)\.\.(\w+)", line):
        changes = {"expects_content": not all(_EMPTY.match(blob) for blob in match.groups())}
    return changes


def _strip(old: str | None, new: str | None) -> int | None:
    if old is None or new is None:
        return None
    if old == new:
        return 0
    firsts = [name.partition("/")[0] for name in (old, new)]
    return 1 if "/" in old and "/" in new and firsts[0] != firsts[1] else 0


def _name(text: str) -> str | None:
    """Return a file name of a patch, without a date, quotes and escapes; None for none."""
    if text.startswith('"'):
        inner = text[1:].rpartition('"')[0]
        escaped = inner.encode("latin-1", "backslashreplace").decode("unicode_escape")
        return escaped.encode("latin-1", "replace").decode("utf-8", "replace")
    name = re.sub(r"\t.*$| +\(.*\)$", "", text).strip()
    return None if name == _NOTHING else name


def paths(file: FilePatch, strip: int) -> tuple[str | None, str | None]:
    """Return the paths of a file before and after the patch; None where there is none."""
    old, new = (None if name is None else name.split("/", strip)[-1] for name in (file.old, file.new))
    return file.old_path or old, file.new_path or new
