"""Read a Procfile: one process a line, ``name: command``."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pocdeploy import textfile
from pocdeploy.config.workloads import RELEASE, WEB, PartName, process_fault
from pocdeploy.errors import Finding, PatchError

NAME = "Procfile"
_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+)\s*:\s*(?P<command>\S.*)")
_NAMES = TypeAdapter[str](PartName)


def read(file: Path, shown: str) -> dict[str, str]:
    """Return the lines of a Procfile: name, in lower case and with ``-`` for ``_``, -> command; none without a file.

    ``shown`` is the path of the file in messages. Raises PatchError with a finding for each line that is none.
    """
    if not file.exists():
        return {}
    text = textfile.read(file, PatchError, shown)
    lines: dict[str, str] = {}
    findings = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if content and not content.startswith("#"):
            match = _LINE.fullmatch(content)
            name = match["name"].lower().replace("_", "-") if match else ""
            if what := "is no line of a Procfile" if match is None else _fault(name, lines):
                findings.append(_finding(f"{shown}:{number}", what, content[:80]))
            elif match:
                lines[name] = match["command"]
    if findings:
        raise PatchError(findings)
    return lines


def _fault(name: str, before: dict[str, str]) -> str | None:
    if name in before:
        return f"there are two processes {name}"
    try:
        _NAMES.validate_python(name)
    except ValidationError as error:
        return f"the name of a process has {error.errors()[0]['msg']}"
    fault = None if name in (WEB, RELEASE) else process_fault(name, None)
    return f"the name of a process is {fault}" if fault else None


def _finding(where: str, what: str, actual: str) -> Finding:
    return Finding(
        where=where,
        what=what,
        actual=actual,
        expected="name: command, for example worker: celery -A shop worker; each name once",
        fix=f"cat {where.rpartition(':')[0] or where}",
    )
