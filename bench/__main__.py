"""Measure, print tables, and write docs/benchmarks.md: ``make bench``, with options in ARGS."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import kind, machine, program, report
from tests.processes import heed_interrupts

ROOT = Path(__file__).parents[1]
EVALUATION = "Where the time of the program goes"


def main(
    runs: Annotated[int, typer.Option(min=1, help="Runs of each measurement without a cluster.")] = 7,
    kind_runs: Annotated[int, typer.Option(min=1, help="Changes in the cluster; all else there is done once.")] = 3,
    without_kind: Annotated[bool, typer.Option("--without-kind", help="Create no cluster.")] = False,  # noqa: FBT002
    output: Annotated[Path, typer.Option(help="File to write.")] = ROOT / "docs" / "benchmarks.md",
) -> None:
    """Measure, each against a reference in the same run. On a machine with Docker this creates a Kind cluster."""
    heed_interrupts()
    # A file or a pipe has no width, and gets lines as long as the rows.
    console = Console(width=None if sys.stdout.isatty() else 180)

    def say(step: str) -> None:
        console.print(f"measuring: {step}", style="dim", markup=False)

    path = os.pathsep.join([str(ROOT / ".pocdeploy" / "bin"), os.environ.get("PATH", os.defpath)])
    facts = machine.facts(ROOT, {"PATH": path})
    with tempfile.TemporaryDirectory(prefix="pocdeploy-bench-") as folder:
        rows = program.measure(Path(folder), runs, say)
        say(EVALUATION)
        details = {EVALUATION: program.parts(Path(folder), runs)}
        if without_kind:
            rows += kind.skipped("--without-kind")
        else:
            more, paths = kind.measure(Path(folder, "kind"), kind_runs, say)
            rows, details = rows + more, details | paths
    console.print(report.table(rows))
    for title, spent in details.items():
        console.print(report.times(title, spent))
    output.write_text(report.document(rows, details, facts), "utf-8")
    console.print(f"written to {output}", markup=False, soft_wrap=True)


typer.run(main)
