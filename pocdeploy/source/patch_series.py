"""Find the patches of a folder, in the order in which they are applied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pocdeploy import textfile
from pocdeploy.errors import Finding, PatchError

SUFFIXES = (".patch", ".diff")
_LINE = re.compile(r"(?P<name>.*?)(?:\s+-p\s*(?P<strip>\d))?")
"""A line of `series`: quilt writes the option behind the name."""
_PATCH = re.compile(rb"(?m)^(?:diff --git |--- [^\n]+\n\+\+\+ )")
_KEPT_ASIDE = re.compile(r"~$|^\.|\.(?:bak|disabled|off|orig|rej|swp)$")
"""Names of files that a person or an editor keeps beside the patches."""


@dataclass(frozen=True)
class Patch:
    """A patch of the folder."""

    file: Path
    strip: int | None = None
    """Parts before the paths in it, if `series` says so."""


def patches_in(folder: Path) -> list[Patch]:
    """Return the patches in ``folder`` in the order of its file ``series`` if there is one, else by name.

    A folder may be missing or empty. ``series`` has one file name per line, with or without ``-p0`` or ``-p1`` behind
    it; a ``#`` begins a comment. Raises PatchError if ``folder`` is a file, if ``series`` does not name each patch
    beside it exactly once, and for a patch that would not be applied because of its name.
    """
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise PatchError([Finding(where=str(folder), what="is not a directory", expected="a directory of patches")])
    present = sorted(path.name for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    findings = [*_other_patches(folder)]
    series = folder / "series"
    patches = [Patch(folder / name) for name in present]
    if series.is_file():
        patches = [*_listed(series)]
        findings += _findings(series, [str(patch.file.relative_to(folder)) for patch in patches], present)
    if findings:
        raise PatchError(findings)
    return patches


def _listed(series: Path) -> Iterator[Patch]:
    for line in textfile.read(series, PatchError).splitlines():
        match = _LINE.fullmatch(line.partition("#")[0].strip())
        if match and match["name"]:
            yield Patch(series.parent / match["name"], int(match["strip"]) if match["strip"] else None)


def _other_patches(folder: Path) -> Iterator[Finding]:
    """Yield a finding for each patch that has another ending, or is in a folder below."""
    for path in sorted(folder.rglob("*")):
        is_taken = path.parent == folder and path.suffix in SUFFIXES
        if is_taken or not path.is_file() or any(_KEPT_ASIDE.search(part) for part in path.relative_to(folder).parts):
            continue
        with path.open("rb") as stream:
            head = stream.read(2**16)
        if path.suffix.lower() in SUFFIXES or _PATCH.search(head):
            stem = re.sub(r"(?i)\.(patch|diff)(\.txt)?$|\.txt$", "", path.name)
            new = folder / f"{stem}.patch"
            yield Finding(
                where=str(path),
                what="is a patch, and would not be applied",
                expected=f"a name that ends with {' or '.join(SUFFIXES)}, in {folder}",
                fix=f"mv -n {path} {new}",
            )


def _findings(series: Path, listed: list[str], present: list[str]) -> list[Finding]:
    """Compare what ``series`` lists with the patches that are present."""
    accepted = f"the names of the {'/'.join(SUFFIXES)} files in {series.parent}, one a line, each once"
    unknown = [f"names {name!r}, which does not exist" for name in dict.fromkeys(listed) if name not in present]
    missing = [f"does not name {name!r}, which would not be applied" for name in present if name not in listed]
    twice = [f"names {name!r} more than once" for name in dict.fromkeys(listed) if listed.count(name) > 1]
    return [Finding(where=str(series), what=what, expected=accepted) for what in (*unknown, *missing, *twice)]
