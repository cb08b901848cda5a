"""One change of a table, whatever language its migration is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "create_table",
    "drop_table",
    "rename_table",
    "add_column",
    "add_mandatory",
    "drop_column",
    "rename_column",
    "not_null",
    "nullable",
    "type",
]
BREAKING: dict[Kind, str] = {
    "drop_table": "the table {table} is dropped",
    "rename_table": "the table {table} is renamed",
    "add_mandatory": "{table}.{column} is mandatory without a default: old code cannot insert",
    "drop_column": "{table}.{column} is dropped",
    "rename_column": "{table}.{column} is renamed",
    "not_null": "{table}.{column} becomes mandatory (NOT NULL)",
    "type": "{table}.{column} changes its type to {type}",
}
"""Kinds that old code cannot live with -> sentence about them."""
_UNDONE_BY: dict[Kind, tuple[Kind, ...]] = {
    "drop_table": ("create_table",),
    "rename_table": ("create_table",),
    "drop_column": ("add_column", "add_mandatory"),
    "rename_column": ("add_column", "add_mandatory"),
    "add_mandatory": ("drop_column", "rename_column"),
    "not_null": ("nullable", "drop_column", "rename_column"),
    "type": ("type", "drop_column", "rename_column"),
}


@dataclass(frozen=True)
class Change:
    """One change of a table or of its column."""

    kind: Kind
    table: str
    """As PostgreSQL stores it, with its schema before a point if it is named."""
    column: str = ""
    type: str = ""
    """New type of the column."""
    where: str = ""
    """File of the migration."""

    @property
    def text(self) -> str:
        """What it breaks, in one line; empty for a change that breaks nothing."""
        said = BREAKING.get(self.kind, "").format(table=self.table, column=self.column, type=self.type)
        return said and f"{self.where}: {said}"


def breaking(changes: Sequence[Change]) -> list[Change]:
    """Return the changes that break old code, of a series in its order.

    A change that a later one of the series undoes is history: whether it was applied cannot be seen in the database.
    """
    return [
        change
        for number, change in enumerate(changes)
        if change.kind in BREAKING and not any(_undoes(later, change) for later in changes[number + 1 :])
    ]


def _undoes(later: Change, change: Change) -> bool:
    if later.table != change.table:
        return False
    if later.kind in {"drop_table", "rename_table"} and change.column:
        return True
    return later.kind in _UNDONE_BY[change.kind] and later.column == change.column
