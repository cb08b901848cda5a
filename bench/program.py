"""Benchmarks of the program: a preview, and an `up` without a change, with the recording provider of the tests.

The times include no plugins. The reference is an empty program with the same engine, provider and virtualenv.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.imports import by_package
from bench.rows import Goal, Row, alternate
from pocdeploy.config import stack_file
from tests.engine import bench as engine
from tests.engine.packages import PACKAGES

ROOT = Path(__file__).parents[1]
_GOAL = Goal(kind="ratio", limit=1.5)


@dataclass
class _Project(engine.Bench):
    """A project whose Python stores its bytecode, as Python does by default."""

    def environment(self) -> dict[str, str]:
        environment = super().environment()
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return {**environment, "PYTHONPYCACHEPREFIX": str(self.folder.parent / "bytecode")}

    def seconds(self, verb: str) -> float:
        """Return the seconds of ``preview`` or ``up``; raises RuntimeError if it fails."""
        began = time.monotonic()
        run = self.operate(verb)
        spent = time.monotonic() - began
        if run.code:
            raise RuntimeError(run.output)
        return spent


def measure(folder: Path, runs: int, log: Callable[[str], None]) -> list[Row]:
    """Return the rows for a preview of everything, and for an `up` without a change."""
    engine.cli()
    with _project(folder / "dev") as dev, _project(folder / "empty") as empty:
        _remove_program(empty)
        rows = []
        for verb, what in (("preview", "`preview` of `dev`, everything new"), ("up", "`up` of `dev` without a change")):
            log(what)
            for project in (empty, dev):  # fills caches; the first `up` also creates everything
                project.seconds(verb)
            references, subjects = alternate(lambda: empty.seconds(verb), lambda: dev.seconds(verb), runs)  # noqa: B023
            rows.append(
                Row(
                    what=what,
                    reference=f"`{verb}` of an empty program",
                    goal=_GOAL,
                    references=references,
                    subjects=subjects,
                )
            )
    return rows


def parts(folder: Path, runs: int) -> dict[str, float]:
    """Return the time of the parts of the program: step or package -> seconds (median of the runs)."""
    environment = {**engine.Bench(folder).environment(), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *options, "-m", "bench.evaluate"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    run()  # writes the bytecode
    results = [json.loads(run().stdout)["seconds"] for _ in range(runs)]
    found = {step: median(result[step] for result in results) for step in results[0]}
    packages = by_package(run("-X", "importtime").stderr)
    top = list(packages.items())[:8]
    return {**found, **{f"modules of `{package}`, by `-X importtime`": spent for package, spent in top}}


@contextmanager
def _project(folder: Path) -> Iterator[_Project]:
    engine.make_project(folder, stack_file.path(ROOT, "dev"), "dev")
    project = _Project(folder)
    engine.make_archives(project.project, stack_file.config(ROOT, "dev") or {})
    _create_plugin_files(folder / "home" / ".pulumi" / "plugins")
    made = project.pulumi("stack", "init", "dev")
    if made.code:
        raise RuntimeError(made.output)
    with engine.attached(project):
        yield project


def _create_plugin_files(folder: Path) -> None:
    """Create a file in the place of each provider's plugin. None of them is started.

    Without these files, the CLI would try to download the plugins in each run.
    """
    for name in PACKAGES:
        plugin = folder / f"resource-{name}-v{version(f'pulumi-{name}')}" / f"pulumi-resource-{name}"
        plugin.parent.mkdir(parents=True)
        plugin.write_text("#!/bin/sh\nexit 1\n", "utf-8")
        plugin.chmod(0o755)


def _remove_program(project: _Project) -> None:
    """Remove code and configuration, but not the runtime."""
    texts = {
        "__main__.py": '"""Empty."""\n',
        "Pulumi.yaml": stack_file.document(ROOT / "Pulumi.yaml").unset(("config",)).text,
        "Pulumi.dev.yaml": "{}\n",
    }
    for name, text in texts.items():
        (project.project / name).unlink()
        (project.project / name).write_text(text, "utf-8")
