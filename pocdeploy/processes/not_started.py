"""Say why a program cannot be started."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from pocdeploy.config.source_files import decode
from pocdeploy.errors import Finding, PocdeployError


def not_started(name: str, words: Sequence[str], error: OSError, *, cwd: Path | None, path: str) -> PocdeployError:
    """Return the error of a program that cannot be started: which one, why, and what to do."""
    program = words[0]
    file = (cwd or Path()) / program if "/" in program else Path(shutil.which(program, path=path) or "")
    expected = fix = None
    if isinstance(error, FileNotFoundError) and file.is_file():
        first = decode(file.read_bytes()[:200]).splitlines()[:1]
        carriage = b"\r\n" in file.read_bytes()[:200]
        what = (
            "cannot be started: its first line ends with CRLF"
            if carriage
            else f"needs {first[0][2:] if first else '?'}"
        )
        expected = "line ends of Unix" if carriage else "an interpreter that is installed"
        fix = f"sed -i 's/\\r$//' {file.name}" if carriage else None
    elif isinstance(error, FileNotFoundError):
        what, expected = "not found, neither in its packages nor on this machine", f"{program} in its list of packages"
    elif isinstance(error, PermissionError):
        what, expected, fix = "is not executable", "mode 755 in the source", f"chmod +x {program}"
    else:
        what = f"cannot be started: {error.strerror or error}"
    return PocdeployError([Finding(where=f"{name}: {program}", what=what, expected=expected, fix=fix)])
