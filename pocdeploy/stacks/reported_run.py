"""Run Pulumi with a short report instead of its own display, and keep everything that it said in a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pocdeploy import process
from pocdeploy.stacks.run_report import Report, log_line

KEPT_LOGS = 20
_DISPLAY = ("--diff", "-d", "--json", "-j", "--event-log", "--help", "-h", "--interactive", "--is-terminal", "--color")
"""Options of Pulumi with which a person chooses how to see a run; also all that begin with --show and --suppress."""


def is_wanted(arguments: Sequence[str]) -> bool:
    """Return whether to report a run with these options: without a terminal, unless a display was chosen."""
    chosen = any(it.partition("=")[0] in _DISPLAY or it.startswith(("--show", "--suppress")) for it in arguments)
    return not chosen and not sys.stdout.isatty()


def run(
    command: Sequence[str],
    *,
    root: Path,
    env: Mapping[str, str],
    name: str,
    quiet: bool,
    write: Callable[[str], None] | None = None,
) -> int:
    """Run ``command``, an operation of Pulumi with ``--json``, in the project ``root``; return its exit code.

    ``write`` gets each line of the report, by default stdout. The log is in ``.pocdeploy/logs``; its name, which begins
    with ``name``, is the last line if the run fails.
    """
    file = _new_log(root / ".pocdeploy" / "logs", name)
    report, write = Report(quiet=quiet), write or _print
    with file.open("w", encoding="utf-8") as log:

        def line(text: str) -> None:
            log.write(f"{log_line(text)}\n")
            _write_all(write, report.lines(text, time.time()))

        def idle() -> None:
            _write_all(write, report.waits(time.time()))

        code = process.follow(command, cwd=root, env=env, line=line, idle=idle)
        _write_all(write, report.end())
        log.write(f"Pulumi ended with {code}\n")
    if code:
        write(f"Everything that Pulumi reported: {file.relative_to(root)}")
    return code


def _print(line: str) -> None:
    with suppress(BrokenPipeError):  # the reader has ended; Pulumi goes on
        print(line, flush=True)  # noqa: T201 -- the result of the command


def _write_all(write: Callable[[str], None], lines: Sequence[str]) -> None:
    for each in lines:
        write(each)


def _new_log(folder: Path, name: str) -> Path:
    """Create a log that only this user can read, and delete the oldest ones."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime)
    for old in kept[: max(0, len(kept) - KEPT_LOGS + 1)]:
        old.unlink(missing_ok=True)
    new = folder / f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}.log"
    new.touch(mode=0o600)
    return new
