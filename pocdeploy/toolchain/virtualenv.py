"""Virtualenvs of the project, filled from lock files: ``python -m pocdeploy.toolchain.virtualenv VENV LOCK``."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from pocdeploy import filelock, process
from pocdeploy.errors import Finding, PreflightError


def ensure(root: Path, venv: str, lock: str, *, log: Callable[[str], None]) -> None:
    """Create the virtualenv ``venv`` if it is missing, and install the lock file unless it is installed already.

    Both are paths below ``root``, the project. A stamp in the virtualenv has the digest of what was installed; the
    Makefile looks at its time. Two runs at the same time wait for each other. Raises PreflightError if Python or pip
    fails.
    """
    folder, file = root / venv, root / lock
    stamp = folder / f".installed-{file.stem.removeprefix('requirements').lstrip('-') or 'runtime'}"
    wanted = hashlib.sha256(file.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    with filelock.hold(root / ".pocdeploy" / "virtualenv.lock", f"install {lock} into {venv}"):
        if not python.exists() or not (folder / "bin" / "pip").exists():
            log(f"Creating {folder}")
            _run(folder, [sys.executable, "-m", "venv", "--clear", str(folder)])
        if not stamp.is_file() or stamp.read_text() != wanted:
            log(f"Installing {lock} into {folder}")
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            _run(folder, [*pip, "--requirement", str(file)])
        stamp.write_text(wanted)  # also if nothing was installed: make compares times


def _run(folder: Path, command: list[str]) -> None:
    done = process.run(command)
    if done.code:
        finding = Finding(
            where=str(folder),
            what=f"virtualenv not installed: {' '.join(command[1:4])} ended with {done.code}",
            actual=(done.stderr or done.stdout).strip()[-600:],
            expected="Python 3.11 or newer with venv and pip, and a package index that answers",
            fix=f"rm -r {folder}   (then run the same command again)",
        )
        raise PreflightError([finding])


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    try:
        ensure(Path.cwd(), sys.argv[1], sys.argv[2], log=_to_stderr)
    except PreflightError as error:
        sys.exit(str(error))
