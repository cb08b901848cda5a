"""Virtualenvs of the project, filled from lock files: ``python -m pocdeploy.toolchain.virtualenv VENV LOCK``."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pocdeploy import filelock, process
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.toolchain import progress_line
from pocdeploy.toolchain.progress_line import Amount


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
            with progress_line.step(f"Creating {folder}", log=log):
                _run(folder, [sys.executable, "-m", "venv", "--clear", str(folder)])
        if not stamp.is_file() or stamp.read_text() != wanted:
            with progress_line.step(f"Installing {lock} into {folder}", log=log) as amount:
                _install(folder, file, amount)
        stamp.write_text(wanted)  # also if nothing was installed: make compares times


def _install(folder: Path, file: Path, amount: Amount) -> None:
    total = sum("==" in line for line in file.read_text("utf-8").splitlines())
    collected = 0

    def line(text: str) -> None:
        nonlocal collected
        if text.startswith("Collecting "):
            collected += 1
            amount.text = f"{collected} of {total} packages"

    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    _run(folder, [*pip, "--progress-bar", "off", "--requirement", str(file)], line)


def _run(folder: Path, command: list[str], line: Callable[[str], None] = lambda _: None) -> None:
    output: list[str] = []

    def note(text: str) -> None:
        output.append(text)
        line(text)

    code = process.follow(command, cwd=Path.cwd(), env=os.environ, line=note, idle=lambda: None)
    if code:
        finding = Finding(
            where=str(folder),
            what=f"virtualenv not installed: {' '.join(command[1:4])} ended with {code}",
            actual="\n".join(output).strip()[-600:],
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
