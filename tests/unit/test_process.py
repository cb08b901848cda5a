"""Programs are run with their signals, output and exit codes."""

from __future__ import annotations

import subprocess
import sys


def test_ctrl_c_is_left_to_the_program_in_the_foreground() -> None:
    """The program gets the signal like everything on the terminal; it is waited for, and its exit code returned."""
    code = (
        "import os, sys; from pathlib import Path; from pocdeploy.process import foreground\n"
        "script = 'trap \"exit 7\" INT; kill -INT 0; while :; do :; done'\n"
        "sys.exit(foreground(['/bin/sh', '-c', script], cwd=Path('.'), env=os.environ))"
    )
    done = subprocess.run([sys.executable, "-c", code], start_new_session=True, check=False, timeout=30)
    assert done.returncode == 7
