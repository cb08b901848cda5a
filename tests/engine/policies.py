"""The policy pack for the engine, started as the engine starts packs whose runtime has no language host.

The language host that can be built from the Go module proxy is older than the way in which the CLI starts a Python
pack by it, so the pack is copied with another runtime, whose launcher runs the same files in the pack's virtualenv.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.bench import ROOT
from tests.virtualenvs import ready


@contextmanager
def pack(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Give (policy pack, folder of its launcher); the launcher is in PATH meanwhile."""
    python = ready(ROOT / "policies" / "requirements.txt", "policies")
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
