"""The results as tables on the terminal, and as a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table

from bench.rows import HEADINGS, Row

BAR = r"\|"

_INTRODUCTION = """\
# Benchmarks

Written by `make bench`; do not edit. Each measurement is compared with a reference, and both run alternately, so that
the value depends less on the machine than the seconds do. Times are medians, with the range of the runs. A missed goal
is not a failed test.

- *Program*: the real CLI and language host on a file backend, with the recording provider of `tests/engine` instead
  of all plugins. The reference has the same virtualenv, backend and provider, but no code. The time of the program
  includes the work of the provider, which is in Python.
- *Kind*: a clone of the last commit, on real Docker, Kind and plugins. The critical path is the longest chain of
  dependent resources in the state; the time of a resource is from its first event to its last. A line is served with
  the first response through the gateway that has it. The reference of the change is a second Deployment of the same pod
  in the same cluster; the reference of `destroy` is an empty cluster with the same nodes.
"""


def table(rows: Sequence[Row]) -> Table:
    """Return the results for a terminal."""
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
        rows: the results.
        details: heading -> step -> seconds.
        machine: name -> value.
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
    """Return a table. Bars in a cell are escaped, because they would end the cell."""
    rows = [headings, ["---"] * len(headings), *lines]
    return "".join(f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |\n" for row in rows)
