"""Measurements as a table on the terminal, and as a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table

from bench.rows import HEADINGS, Row

BAR = r"\|"

_INTRODUCTION = """\
# Benchmarks

Written by `make bench`; do not edit. Each measurement has a reference in the same run, measured by turns with it, so
that the value says more than the seconds. Times are medians, with the range of the runs. Nothing here is a test: a
missed goal is a row that says so.

- *Program*: the real CLI and language host on a file backend, with the recording provider of `tests/engine` in place
  of every plugin. The reference has the same virtualenv, backend and provider, and not a line of code. The provider's
  own work, in Python, is in the time of the subject.
- *Kind*: the last commit, in a clone, on real Docker, Kind and plugins. The critical path is the longest chain of
  dependent resources, by the dependencies in the state; the time of each is from its first event to its last. A line
  is served with the first answer that has it, through the gateway. The reference of the change is a second Deployment
  of the same pod in the same cluster; that of `destroy` is a cluster of the same nodes with nothing in it.
"""


def table(rows: Sequence[Row]) -> Table:
    """Return the measurements for a terminal."""
    result = Table(title="Benchmarks")
    for heading in HEADINGS:
        result.add_column(heading)
    for row in rows:
        result.add_row(*row.cells(), style="dim" if row.skipped else "green" if row.is_met() else "red")
    return result


def times(title: str, spent: Mapping[str, float]) -> Table:
    """Return steps and their seconds for a terminal."""
    result = Table(title=title)
    result.add_column("Step")
    result.add_column("Seconds", justify="right")
    for step, value in spent.items():
        result.add_row(step, f"{value:.2f}")
    return result


def document(rows: Sequence[Row], details: Mapping[str, Mapping[str, float]], machine: Mapping[str, str]) -> str:
    """Return the document in Markdown.

    Args:
        rows: the measurements.
        details: heading -> step -> seconds.
        machine: what -> value.
    """
    parts = [
        _INTRODUCTION,
        "## Results\n",
        _markdown(HEADINGS, [row.cells() for row in rows]),
        "## Machine and versions\n",
        _markdown(("", ""), machine.items()),
    ]
    for heading, spent in details.items():
        parts += [
            f"## {heading}\n",
            _markdown(("Step", "Seconds"), [(name, f"{it:.2f}") for name, it in spent.items()]),
        ]
    return "\n".join(parts)


def _markdown(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar in a cell would end the cell."""
    rows = [headings, ["---"] * len(headings), *lines]
    return "".join(f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |\n" for row in rows)
