"""Versions and the changelog: what is in fragments becomes a section of CHANGELOG.md; towncrier does the writing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pocdeploy.errors import Finding, PreflightError

Part = Literal["major", "minor", "patch"]
PARTS: tuple[Part, ...] = ("major", "minor", "patch")
FRAGMENTS = Path("docs", "changes")
SUFFIXES = {
    "Added": "",
    "Changed": ".changed",
    "Deprecated": ".deprecated",
    "Removed": ".removed",
    "Fixed": ".fixed",
    "Security": ".security",
}
"""Heading of Keep a Changelog -> what stands before ``.md`` in the names of its fragments."""
_UNRELEASED = "## [Unreleased]\n"
_VERSION = re.compile(r'^version = "(\d+)\.(\d+)\.(\d+)"$', re.M)


def version(pyproject: str) -> tuple[int, int, int]:
    """Return the version in the text of pyproject.toml; raises PreflightError if there is none of three numbers."""
    match = _VERSION.search(pyproject)
    if match is None:
        accepted = 'version = "1.2.3"'
        raise PreflightError([Finding(where="pyproject.toml", what="there is no version", accepted=accepted)])
    return int(match[1]), int(match[2]), int(match[3])


def bumped(current: tuple[int, int, int], part: Part) -> str:
    """Return the next version: of a breaking change (major), of an addition (minor), of a correction (patch)."""
    index = PARTS.index(part)
    return ".".join(str(number + (place == index) if place <= index else 0) for place, number in enumerate(current))


def with_version(pyproject: str, new: str) -> str:
    """Return the text of pyproject.toml with another version."""
    return _VERSION.sub(f'version = "{new}"', pyproject, count=1)


def unreleased(changelog: str) -> tuple[str, dict[str, str]]:
    """Take what stands under Unreleased out of a changelog.

    Returns the changelog with that section empty, and heading -> its lines. Raises PreflightError without the section,
    or for a heading that Keep a Changelog does not have.
    """
    before, found, rest = changelog.partition(_UNRELEASED)
    if not found:
        raise PreflightError([Finding(where="CHANGELOG.md", what="there is no section ## [Unreleased]")])
    section, divider, after = re.match(r"(.*?)(\n(?=## \[)|\Z)(.*)", rest, re.S).groups()  # type: ignore[union-attr]
    parts = dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", section, re.M | re.S))
    if strange := sorted(parts.keys() - SUFFIXES.keys()):
        accepted = ", ".join(SUFFIXES)
        raise PreflightError(
            [Finding(where="CHANGELOG.md", what="a heading that is none", got=", ".join(strange), accepted=accepted)]
        )
    text = f"{before}{_UNRELEASED}{divider}{after}" if after else f"{before}{_UNRELEASED}"
    return text, {heading: lines.strip() for heading, lines in parts.items() if lines.strip()}


def gather(root: Path) -> int:
    """Make one towncrier fragment of every bullet, and return how many there are.

    Bullets stand under Unreleased in ``root``/CHANGELOG.md, which is empty afterwards, and in docs/changes, where
    ``<issue>-<name>.md`` may have several of them, as ``<issue>-<name>.fixed.md`` may under Fixed; these files are gone
    afterwards. towncrier wants a file for each, ``<number>.<type>.md``, and keeps the order of the numbers.
    """
    file, folder = root / "CHANGELOG.md", root / FRAGMENTS
    text, parts = unreleased(file.read_text("utf-8"))
    written = sorted(folder.glob("[0-9]*-*.md"))
    found = [(heading, bullet) for heading, lines in parts.items() for bullet in bullets(lines)]
    for fragment in written:
        suffix = fragment.name.removesuffix(".md").partition(".")[2]
        heading = next((name for name in SUFFIXES if name.lower() == (suffix or "added")), None)
        if heading is None:
            accepted = ", ".join(f"<issue>-<name>{end}.md" for end in SUFFIXES.values())
            where = str(FRAGMENTS / fragment.name)
            raise PreflightError([Finding(where=where, what="there is no such kind of change", accepted=accepted)])
        found += [(heading, bullet) for bullet in bullets(fragment.read_text("utf-8"))]
    for number, (heading, bullet) in enumerate(found):
        (folder / f"{number + 1}.{heading.lower()}.md").write_text(bullet + "\n", "utf-8")
    for fragment in written:
        fragment.unlink()
    file.write_text(text, "utf-8")
    return len(found)


def bullets(text: str) -> list[str]:
    """Return the items of a list, without what makes them items; a text that is no list is one item."""
    items = re.split(r"^[-*] ", text.strip(), flags=re.M)
    return ["\n".join(line.strip() for line in item.strip().splitlines()) for item in items if item.strip()]
