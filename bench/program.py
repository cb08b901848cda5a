"""Program evaluation, and an `up` without a change: the real engine, with the recording provider of the tests.

No plugin is timed. The reference is a program without a line of code, on the same engine, with the same provider
attached, in the same virtualenv.
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

import yaml

from bench.imports import by_package
from bench.rows import Goal, Row, alternate
from tests.engine import bench as engine
from tests.engine.packages import PACKAGES

ROOT = Path(__file__).parents[1]
_GOAL = Goal(kind="ratio", limit=1.5)


@dataclass
class _Project(engine.Bench):
    """A bench whose Python keeps its bytecode, as everybody's does."""

    def environment(self) -> dict[str, str]:
        environment = super().environment()
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return {**environment, "PYTHONPYCACHEPREFIX": str(self.folder.parent / "bytecode")}

    def seconds(self, verb: str) -> float:
        """Return how long ``preview`` or ``up`` takes; raises RuntimeError if it fails."""
        began = time.monotonic()
        run = self.operate(verb)
        spent = time.monotonic() - began
        if run.code:
            raise RuntimeError(run.output)
        return spent


def measure(folder: Path, runs: int, say: Callable[[str], None]) -> list[Row]:
    """Return the rows for a preview of everything, and for an `up` without a change."""
    engine.cli()
    with _project(folder / "dev") as dev, _project(folder / "empty") as empty:
        _take_out_the_program(empty)
        rows = []
        for verb, what in (("preview", "`preview` of `dev`, everything new"), ("up", "`up` of `dev` without a change")):
            say(what)
            for project in (empty, dev):  # fills caches; the first `up` also makes everything
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
    """Return where the time of the program itself goes: step or package -> seconds (median of the runs)."""
    environment = {**engine.Bench(folder).environment(), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *options, "-m", "bench.evaluate"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    run()  # fills the bytecode
    results = [json.loads(run().stdout)["seconds"] for _ in range(runs)]
    found = {step: median(result[step] for result in results) for step in results[0]}
    packages = by_package(run("-X", "importtime").stderr)
    top = list(packages.items())[:8]
    return {**found, **{f"modules of `{package}`, by `-X importtime`": spent for package, spent in top}}


@contextmanager
def _project(folder: Path) -> Iterator[_Project]:
    stack_file = ROOT / "Pulumi.dev.yaml"
    engine.make_project(folder, stack_file, "dev")
    project = _Project(folder)
    engine.make_archives(project.project, yaml.safe_load(stack_file.read_text("utf-8"))["config"])
    _stand_in_for_plugins(folder / "home" / ".pulumi" / "plugins")
    made = project.pulumi("stack", "init", "dev")
    if made.code:
        raise RuntimeError(made.output)
    with engine.attached(project):
        yield project


def _stand_in_for_plugins(folder: Path) -> None:
    """Put a file where each provider's plugin is on a machine that has run the program before; none is started.

    Without it the CLI would try to download them in each run, and the time for that would be in both measurements.
    """
    for name in PACKAGES:
        plugin = folder / f"resource-{name}-v{version(f'pulumi-{name}')}" / f"pulumi-resource-{name}"
        plugin.parent.mkdir(parents=True)
        plugin.write_text("#!/bin/sh\nexit 1\n", "utf-8")
        plugin.chmod(0o755)


def _take_out_the_program(project: _Project) -> None:
    """Leave the runtime, and neither code nor configuration."""
    settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))
    settings.pop("config", None)
    texts = {"__main__.py": '"""Nothing."""\n', "Pulumi.yaml": yaml.safe_dump(settings), "Pulumi.dev.yaml": "{}\n"}
    for name, text in texts.items():
        (project.project / name).unlink()
        (project.project / name).write_text(text, "utf-8")
