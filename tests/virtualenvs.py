"""Virtualenvs that tests need beside the project's, in the cache of the user: clones with the same pins share one."""

from __future__ import annotations

import sys
from pathlib import Path

from pocdeploy.processes.setup import ensure_venv
from pocdeploy.toolchain import cache

ROOT = Path(__file__).parents[1]


def ready(requirements: Path, name: str) -> Path:
    """Return the Python of a virtualenv with the packages of ``requirements``, made if need be.

    Raises PocdeployError if pip fails.
    """
    made_of = cache.key([sys.version.encode(), sys.base_prefix.encode(), requirements.read_bytes()])
    home = cache.folder("venvs") or ROOT / ".pocdeploy" / "test"
    return ensure_venv(requirements, home / f"{name}-{made_of}")
