"""Measure, print tables, and write docs/benchmarks.md: ``make bench`` (options in ARGS)."""

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
EVALUATION = "Time of the parts of the program"


def main(
    runs: Annotated[int, typer.Option(min=1, help="Number of runs of each measurement without a cluster.")] = 7,
    kind_runs: Annotated[int, typer.Option(min=1, help="Number of changes in the cluster.")] = 3,
    without_kind: Annotated[bool, typer.Option("--without-kind", help="Do not create a cluster.")] = False,  # noqa: FBT002
    output: Annotated[Path, typer.Option(help="Output file.")] = ROOT / "docs" / "benchmarks.md",
) -> None:
    """Run the benchmarks. On a machine with Docker this creates a Kind cluster."""
    heed_interrupts()
    # A file or a pipe has no width, so the rows are not wrapped.
    console = Console(width=None if sys.stdout.isatty() else 180)

    def log(step: str) -> None:
        console.print(f"measuring: {step}", style="dim", markup=False)

    path = os.pathsep.join([str(ROOT / ".pocdeploy" / "bin"), os.environ.get("PATH", os.defpath)])
    facts = machine.facts(ROOT, {"PATH": path})
    with tempfile.TemporaryDirectory(prefix="pocdeploy-bench-") as folder:
        rows = program.measure(Path(folder), runs, log)
        log(EVALUATION)
        details = {EVALUATION: program.parts(Path(folder), runs)}
        if without_kind:
            rows += kind.skipped("--without-kind")
        else:
            more, paths = kind.measure(Path(folder, "kind"), kind_runs, log)
            rows, details = rows + more, details | paths
    console.print(report.table(rows))
    for title, spent in details.items():
        console.print(report.times(title, spent))
    output.write_text(report.document(rows, details, facts), "utf-8")
    console.print(f"written to {output}", markup=False, soft_wrap=True)


typer.run(main)
