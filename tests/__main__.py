"""Run tests as make does: ``python -m tests [TARGET ...]``; without a target all of `make test`, several at once.

The environment variable POCDEPLOY_ARGS has further arguments, split as a shell does, and JOBS how many run at once.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PYTEST = ("-m", "pytest", "-q")
# Tests of the real engine wait now and then, so one more at once than there are processors; more than six do not help.
ENGINES = str(min((os.cpu_count() or 2) + 1, 6))
TARGETS = {
    "test-engine": (*PYTEST, "tests/engine", "--numprocesses", ENGINES),
    "test-app": (*PYTEST, "tests/app"),
    "test-monitoring": (*PYTEST, "tests/monitoring"),
    "test-apiserver": (*PYTEST, "tests/apiserver"),
    "test-unit": (*PYTEST, "tests/unit", "--numprocesses", "2"),
    "test-program": (*PYTEST, "tests/program", "--numprocesses", "2", "--dist", "loadfile"),
    "test-moto": (*PYTEST, "tests/moto"),
    "e2e": (*PYTEST, "-s", "tests/e2e"),
    "golden": (*PYTEST, "tests/unit", "-k", "golden"),
    "pictures": (*PYTEST, "tests/app/test_looks.py"),
    "faults": ("-m", "tests.e2e.faults"),
    "bench": ("-m", "bench"),
}
"""Target of the Makefile -> arguments of Python."""
ALL = tuple(TARGETS)[:6]
"""Layers of `make test`, the longest first."""
VARIABLES = {
    "e2e": {"POCDEPLOY_E2E": "1"},
    "faults": {"POCDEPLOY_E2E": "1"},
    "golden": {"UPDATE_GOLDEN": "1"},
    "pictures": {"PICTURES": "docs/pictures"},
}


def run(target: str, arguments: list[str], *, together: bool = False) -> int:
    """Run a target; return its exit code. One of several ``together`` is shown when it has ended, in one piece."""
    # The layer with several processes gives way to those with one, so that all processors have work up to the end.
    nice = ["nice"] if target == "test-engine" else []
    began = time.monotonic()
    if not together:
        _show(f"== {target}\n")
    done = subprocess.run(
        [*nice, sys.executable, *TARGETS[target], *arguments],
        env={**os.environ, **VARIABLES.get(target, {})},
        stdout=subprocess.PIPE if together else None,
        stderr=subprocess.STDOUT if together else None,
        check=False,
    )
    end = f"== {target}: {time.monotonic() - began:.0f} s{', FAILED' if done.returncode else ''}\n"
    _show(f"== {target}\n{done.stdout.decode(errors='replace')}{end}" if together else end)
    return done.returncode


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> int:
    """Run the targets on the command line, one after the other, or all layers of `make test` side by side."""
    arguments = shlex.split(os.environ.pop("POCDEPLOY_ARGS", ""))
    if targets := sys.argv[1:]:
        return max(run(target, arguments) for target in targets)
    jobs = int(os.environ.get("JOBS") or 2)
    with ThreadPoolExecutor(jobs) as pool:
        return max(pool.map(lambda target: run(target, arguments, together=jobs > 1), ALL))


if __name__ == "__main__":
    sys.exit(main())
