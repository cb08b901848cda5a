"""Compare the contents of two databases, table by table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

COUNTS = r"""
SELECT string_agg(
  format('SELECT %L, count(*) FROM %I.%I', schemaname || '.' || tablename, schemaname, tablename), ' UNION ALL ')
FROM pg_tables WHERE schemaname <> 'information_schema' AND schemaname NOT LIKE 'pg\_%'
"""
"""Statement whose result is the statement that counts the rows of every table, at one moment; empty without tables."""


def count(ask: Callable[[str], str]) -> dict[str, int]:
    """Return table -> rows of a database; ``ask`` runs a statement in it, and returns what psql writes."""
    statement = ask(COUNTS).strip()
    return parse(ask(statement)) if statement else {}


def parse(output: str) -> dict[str, int]:
    """Return table -> rows, from what psql writes."""
    lines = (line.rpartition("|") for line in output.splitlines() if line)
    return {table: int(count) for table, _, count in lines}


def differences(now: Mapping[str, int], then: Mapping[str, int]) -> Iterator[str]:
    """Yield a line for each table with another number of rows than then, and one about all others."""
    equal = 0
    for table in sorted(now.keys() | then.keys()):
        before, after = now.get(table), then.get(table)
        if before == after:
            equal += 1
            continue
        yield f"{table}: {_rows(before)} now, {_rows(after)} then"
    yield f"{equal} tables with the same number of rows"


def _rows(count: int | None) -> str:
    return "not there" if count is None else f"{count} rows"
