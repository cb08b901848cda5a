"""Ask the database which breaking changes of the migrations are still to come.

A change was applied already where the database does not have any more what it drops or renames, so no table of a
migration tool has to be known: one query serves all of them.
"""

from __future__ import annotations

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.migrations import alembic, rails, sql
from pocdeploy.source.migrations.changes import Change, breaking

MOST = 500
"""Changes in the query, the latest ones: it is the argument of a program."""
_QUERY = """\
WITH change(position, kind, "table", "column", type, text) AS (VALUES
{rows}
)
SELECT change.text FROM change
JOIN pg_class AS found ON found.oid = to_regclass(change."table")
LEFT JOIN pg_attribute AS part
  ON part.attrelid = found.oid AND part.attname = change."column" AND part.attnum > 0 AND NOT part.attisdropped
WHERE CASE change.kind
  WHEN 'drop_table' THEN true
  WHEN 'rename_table' THEN true
  WHEN 'add_mandatory' THEN part.attname IS NULL
  WHEN 'not_null' THEN NOT part.attnotnull
  WHEN 'type' THEN part.atttypid <> to_regtype(change.type)
    AND (part.atttypid::regtype::text, to_regtype(change.type)::text) NOT IN (
      ('smallint', 'integer'), ('smallint', 'bigint'), ('integer', 'bigint'), ('character varying', 'text')
    )
  ELSE part.attname IS NOT NULL
END
ORDER BY change.position
"""


def query(files: SourceFiles) -> str | None:
    """Return the query whose rows are the breaking changes that the database does not have yet.

    Return None if the source has no migrations that can be read, or none of them breaks anything.
    """
    found = changes(files)
    rows = [_row(number, change) for number, change in enumerate(breaking(found)[-MOST:])]
    return _QUERY.format(rows=",\n".join(rows)) if rows else None


def changes(files: SourceFiles) -> list[Change]:
    """Return the changes of all migrations that can be read."""
    return [*sql.read(files), *alembic.read(files), *rails.read(files)]


def _row(number: int, change: Change) -> str:
    table = ".".join(f'"{part}"' for part in change.table.split("."))
    values = (change.kind, table, change.column, change.type, change.text)
    return f"({number}, {', '.join(map(_literal, values))})"


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
