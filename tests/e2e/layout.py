"""Where the walk happens: a clone of the last commit, with a stack of its own.

POCDEPLOY_E2E_STACK names a stack file to use instead of Pulumi.dev.yaml, for a machine behind a mirror
(docs/airgapped.md); chart archives are taken from beside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from pocdeploy.config import stack_file

ROOT = Path(__file__).parents[2]
STACK = "e2e"
STACK_FILE = Path(os.environ.get("POCDEPLOY_E2E_STACK") or ROOT / "Pulumi.dev.yaml")
CONFIG = stack_file.document(STACK_FILE).data


def make_clone(folder: Path) -> None:
    """Lay out the project in ``folder``, which must not be there yet."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    stack_file.write(stack_file.path(folder, STACK), stack_file.document(STACK_FILE).text)
    for chart in CONFIG["config"].get("pocdeploy:charts", {}).values():
        archive = STACK_FILE.parent / chart["source"]
        if archive.is_file():
            (folder / chart["source"]).parent.mkdir(exist_ok=True)
            shutil.copy(archive, folder / chart["source"])
