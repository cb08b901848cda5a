"""Trees of files, and patches between them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

APP = {"manage.py": "one\ntwo\nthree\n", "site/settings.py": "DEBUG = True\n", "site/old.py": "old\n"}


def write(top: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return top


def diff(tmp_path: Path, before: Mapping[str, str | bytes], after: Mapping[str, str | bytes]) -> bytes:
    """Return git's patch from one set of files to the other."""
    work = tmp_path / f"diff-{len(list(tmp_path.glob('diff-*')))}"
    write(work / "a", before).mkdir(parents=True, exist_ok=True)
    write(work / "b", after).mkdir(parents=True, exist_ok=True)
    command = ["git", "diff", "--no-index", "--binary", "--no-prefix", "--no-renames", "a", "b"]
    result = subprocess.run(command, cwd=work, capture_output=True, check=False)
    assert result.returncode == 1, result.stderr
    return result.stdout


def contents(top: Path) -> dict[str, tuple[str, str | bytes]]:
    """Return path → (mode, content or link target) of everything below ``top``."""
    return {
        str(path.relative_to(top)): (
            oct(path.lstat().st_mode),
            str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(top.rglob("*"))
    }
