"""Refuse migrations that the release which still serves cannot live with.

A constant text, run inside the new image as ``python manage.py shell -c "<this file>"`` before its migrations; nothing
imports it. While an update goes on, and after a release was taken back, the old code works on the new schema. What it
reads and writes is what the applied migrations come to, so whatever an unapplied one drops, renames or makes mandatory
of that is reported. On an empty database, and for an application whose tables are not there yet, everything is allowed.

Exit codes: 0, nothing breaks (or ALLOW_BREAKING_MIGRATION is set); 3, something does.
"""

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from django.db import connection, models  # type: ignore[import-not-found,import-untyped,unused-ignore]
from django.db.migrations import operations as ops  # type: ignore[import-not-found,import-untyped,unused-ignore]
from django.db.migrations.loader import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    MigrationLoader,
)

REFUSED = 3
DESTRUCTIVE_SQL = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|VIEW|SCHEMA)|RENAME\s+(TO|COLUMN)|RENAME\s+\w+\s+TO|SET\s+NOT\s+NULL|SET\s+DATA\s+TYPE"
    r"|ALTER\s+(COLUMN\s+)?\S+\s+TYPE|TRUNCATE|SET\s+SCHEMA)\b",
    re.IGNORECASE,
)


def problems() -> Iterator[str]:
    """Yield what would break, one line each."""
    loader = MigrationLoader(connection)
    applied = [node for node in loader.applied_migrations if node in loader.graph.nodes]
    known = {label for label, _ in applied}
    state = loader.project_state(applied, at_end=True) if applied else loader.project_state([])
    used = set(state.models)
    for label, name in _unapplied(loader):
        migration = loader.graph.nodes[label, name]
        for operation in migration.operations:
            if label in known:
                yield from (f"{label}.{name}: {text}" for text in _breaks(operation, label, state, used))
            operation.state_forwards(label, state)


def _unapplied(loader: Any) -> Iterator[tuple[str, str]]:
    seen = set(loader.applied_migrations)
    for leaf in loader.graph.leaf_nodes():
        for node in loader.graph.forwards_plan(leaf):
            if node not in seen:
                seen.add(node)
                yield node


def _breaks(operation: Any, label: str, state: Any, used: set[tuple[str, str]]) -> Iterator[str]:
    """Yield what one operation takes away from the tables in ``used``, where those that this update makes are not."""
    if isinstance(operation, ops.SeparateDatabaseAndState):
        inner = state.clone()  # what concerns only Django's own picture breaks nothing
        for each in operation.database_operations:
            yield from _breaks(each, label, inner, used)
            each.state_forwards(label, inner)
        return
    if isinstance(operation, ops.RunSQL):
        yield from _sql(operation)
        return
    named = (getattr(operation, attribute, None) for attribute in ("model_name", "old_name", "name"))
    name = str(next(filter(None, named), "")).lower()
    model = state.models.get((label, name))
    if (label, name) in used and model is not None and _has_table(model):
        yield from _model_operation(operation, model) or _field_operation(operation, model)


def _model_operation(operation: Any, model: Any) -> list[str]:
    table = model.options.get("db_table")
    match operation:
        case ops.DeleteModel():
            return [f"the table of {operation.name} is dropped"]
        case ops.RenameModel() if not table:
            return [f"the table of {operation.old_name} is renamed"]
        case ops.AlterModelTable() if operation.table != table:
            return [f"the table of {operation.name} is renamed"]
    return []


def _field_operation(operation: Any, model: Any) -> list[str]:
    match operation:
        case ops.RemoveField() if _has_column(model.fields[operation.name]):
            return [f"{operation.model_name}.{operation.name} is dropped"]
        case ops.RenameField() if not model.fields[operation.old_name].db_column:
            return [f"{operation.model_name}.{operation.old_name} is renamed"]
        case ops.AlterField():
            return list(_altered(operation, model.fields[operation.name]))
        case ops.AddField():
            return list(_added(operation))
    return []


def _has_table(model: Any) -> bool:
    return bool(model.options.get("managed", True)) and not model.options.get("proxy", False)


def _has_column(field: Any) -> bool:
    """Whether something in the database goes with a field; of a many-to-many relation it is a table."""
    through = getattr(getattr(field, "remote_field", None), "through", None)
    return not (field.many_to_many and through is not None)


def _altered(operation: Any, old: Any) -> Iterator[str]:
    new, name = operation.field, f"{operation.model_name}.{operation.name}"
    if old.many_to_many or new.many_to_many:
        if type(old) is not type(new):
            yield f"{name} becomes another kind of relation"
        return
    if old.db_column != new.db_column:
        yield f"the column of {name} is renamed"
    if old.null and not new.null:
        yield f"{name} becomes mandatory (NOT NULL)"
    if new.unique and not old.unique:
        yield f"{name} becomes unique"
    if old.max_length and new.max_length and new.max_length < old.max_length:
        yield f"{name} becomes shorter ({old.max_length} to {new.max_length})"
    if _kind(old) != _kind(new) and (_kind(old), _kind(new)) not in WIDER:
        yield f"{name} changes its type ({_kind(old)} to {_kind(new)})"


WIDER = {
    ("SmallIntegerField", "IntegerField"),
    ("SmallIntegerField", "BigIntegerField"),
    ("IntegerField", "BigIntegerField"),
    ("PositiveIntegerField", "PositiveBigIntegerField"),
    ("SmallAutoField", "BigAutoField"),
    ("AutoField", "BigAutoField"),
    ("CharField", "TextField"),
}
"""Types that hold all that the old ones did."""


def _kind(field: Any) -> str:
    # A relation has the type of what it refers to, which is not known without all models; that it is one says enough.
    return "relation" if field.is_relation else str(field.get_internal_type())


def _added(operation: Any) -> Iterator[str]:
    field = operation.field
    has_default = getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
    generated = getattr(field, "generated", False)
    if not (field.null or field.many_to_many or has_default or generated or field.primary_key):
        # Django takes a plain `default` out of the table again: an INSERT that does not know the column fails.
        yield f"{operation.model_name}.{operation.name} is mandatory without a db_default: old code cannot insert"


def _sql(operation: Any) -> Iterator[str]:
    if (operation.hints or {}).get("compatible"):
        return
    statements = operation.sql if isinstance(operation.sql, list | tuple) else [operation.sql]
    for statement in statements:
        text = statement[0] if isinstance(statement, list | tuple) else statement
        found = DESTRUCTIVE_SQL.search(text)
        if found:
            way_out = "if the old code can live with it: RunSQL(…, hints={'compatible': True})"
            yield f"SQL with {found[0].upper()}; {way_out}"


def main() -> int:
    """Print what breaks; return the exit code."""
    found = list(problems())
    if not found:
        sys.stdout.write("migrations: nothing that the release which serves could not live with\n")
        return 0
    allowed = bool(os.environ.get("ALLOW_BREAKING_MIGRATION"))
    sys.stdout.write(
        "breaking migration, allowed by allowBreakingMigration:\n"
        if allowed
        else "breaking migration refused, nothing was changed: the release that serves uses what these change.\n"
    )
    sys.stdout.write("".join(f"  {line}\n" for line in found))
    if not allowed:
        sys.stdout.write(
            "Split it: first release code that does without, then the migration (docs/rollback.md). Or set\n"
            "allowBreakingMigration: true for this application.\n"
        )
    return 0 if allowed else REFUSED


sys.exit(main())
