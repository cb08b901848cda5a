"""The policy pack for the engine, started as the engine starts packs whose runtime has no language host.

The language host that can be built from the Go module proxy is older than the way in which the CLI starts a Python
pack by it, so the pack is copied with another runtime, whose launcher runs the same files in the pack's virtualenv.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.bench import ROOT

VIRTUALENV = ROOT / ".pocdeploy" / "policies"


@contextmanager
def pack(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Give (policy pack, folder of its launcher); the launcher is in PATH meanwhile."""
    python = _virtualenv() / "bin" / "python"
    copy = folder / "policies"
    shutil.copytree(ROOT / "policies", copy, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (copy / "PulumiPolicy.yaml").write_text("runtime: launcher\ndescription: The pack\nversion: 0.1.0\n", "utf-8")
    launcher = folder / "launcher" / "pulumi-analyzer-policy-launcher"
    launcher.parent.mkdir(exist_ok=True)
    launcher.write_text(f'#!/bin/sh\nexec "{python}" "$2" "$1"\n', "utf-8")
    launcher.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join([str(launcher.parent), before])
    try:
        yield copy, launcher.parent
    finally:
        os.environ["PATH"] = before


def _virtualenv() -> Path:
    """Return the pack's virtualenv, made if need be as `make policies` does; of several processes one makes it."""
    wanted = ROOT / "policies" / "requirements.txt"
    stamp = VIRTUALENV / ".installed"
    VIRTUALENV.parent.mkdir(exist_ok=True)
    with (VIRTUALENV.parent / "policies.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text("utf-8") != wanted.read_text("utf-8"):
            subprocess.run([sys.executable, "-m", "venv", str(VIRTUALENV)], check=True)
            pip = [str(VIRTUALENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(wanted)]
            subprocess.run(pip, check=True)
            stamp.write_text(wanted.read_text("utf-8"), "utf-8")
    return VIRTUALENV
