"""Lines of a Procfile."""

from __future__ import annotations

import re

from pocdeploy.config.source_files import SourceFiles

_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


def procfile(files: SourceFiles) -> dict[str, str]:
    """Return the lines of a source's Procfile: name -> command; empty without one."""
    return dict(_lines(files))


def twice(files: SourceFiles) -> list[str]:
    """Return the names that several lines of a source's Procfile have."""
    names = [name for name, _ in _lines(files)]
    return sorted({name for name in names if names.count(name) > 1})


def _lines(files: SourceFiles) -> list[tuple[str, str]]:
    lines = [_LINE.fullmatch(line.strip()) for line in files.text("Procfile").splitlines()]
    return [(match[1].lower(), match[2]) for match in lines if match]
