"""Virtualenvs that tests need beside the project's, in the cache of the user: clones with the same pins share one."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.processes.setup import ready_venv

ROOT = Path(__file__).parents[1]


def ready(requirements: Path, name: str) -> Path:
    """Return the Python of a virtualenv with the packages of ``requirements``, made if need be.

    Raises PocdeployError if pip fails.
    """
    return ready_venv(requirements, name, otherwise=ROOT / ".pocdeploy" / "test")
