"""Programs run with their signals, output and exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pocdeploy import process


def test_ctrl_c_is_left_to_the_program_in_the_foreground() -> None:
    """The program gets the signal like everything on the terminal; it is waited for, and its exit code returned."""
    code = (
        "import os, sys; from pathlib import Path; from pocdeploy.process import foreground\n"
        "script = 'trap \"exit 7\" INT; kill -INT 0; while :; do :; done'\n"
        "sys.exit(foreground(['/bin/sh', '-c', script], cwd=Path('.'), env=os.environ))"
    )
    done = subprocess.run([sys.executable, "-c", code], start_new_session=True, check=False, timeout=30)
    assert done.returncode == 7


def test_a_program_that_hangs_or_is_missing_is_a_result() -> None:
    assert process.run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]) == process.Result(
        code=3, stdout="out\n", stderr="err\n"
    )
    assert process.run(["no-such-program"]).code == process.NOT_FOUND
    assert process.run(["/bin/sh", "-c", "exec /bin/sleep 60"], timeout=0.05).code == process.TIMED_OUT
    assert process.run(["/bin/sh", "-c", "echo $X"], env={"X": "1"}).stdout == "1\n"


def test_output_is_given_by_lines_while_the_program_runs(tmp_path: Path) -> None:
    """The program ends only after its first line has been read."""
    go = tmp_path / "go"
    script = f"printf 'one\\n'; until [ -e {go} ]; do :; done; printf 'two' >&2; exit 3"
    lines: list[str] = []
    idle: list[int] = []

    def line(text: str) -> None:
        lines.append(text)
        go.touch()

    code = process.follow(
        ["/bin/sh", "-c", script], cwd=tmp_path, env={}, line=line, idle=lambda: idle.append(1), pause=0.01
    )
    assert (code, lines) == (3, ["one", "two"])
    assert idle


def test_ctrl_c_is_left_to_a_program_that_is_followed() -> None:
    code = (
        "import os, sys; from pathlib import Path; from pocdeploy.process import follow\n"
        "script = 'trap \"echo end; exit 7\" INT; kill -INT 0; while :; do :; done'\n"
        "sys.exit(follow(['/bin/sh', '-c', script], cwd=Path('.'), env=os.environ, line=print, idle=lambda: None))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], start_new_session=True, check=False, timeout=30, stdout=subprocess.PIPE
    )
    assert (done.returncode, done.stdout) == (7, b"end\n")
