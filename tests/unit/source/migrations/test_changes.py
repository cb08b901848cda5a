"""Changes that count, of the whole history of an application."""

from __future__ import annotations

import pytest

from pocdeploy.source.migrations.changes import Change, Kind, breaking


def series(*changes: tuple[Kind, str]) -> list[str]:
    made = [Change(kind, name.partition(".")[0], name.partition(".")[2], where="m") for kind, name in changes]
    return [f"{it.kind} {it.table}.{it.column}".rstrip(".") for it in breaking(made)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("drop_column", "note.a")], ["drop_column note.a"]),
        ([("drop_column", "note.a"), ("add_column", "note.a")], []),
        ([("drop_column", "note.a"), ("add_column", "note.b")], ["drop_column note.a"]),
        ([("drop_column", "note.a"), ("add_column", "other.a")], ["drop_column note.a"]),
        ([("drop_table", "note"), ("create_table", "note")], []),
        ([("create_table", "note"), ("drop_table", "note")], ["drop_table note"]),
        ([("drop_column", "note.a"), ("drop_table", "note")], ["drop_table note"]),
        ([("not_null", "note.a"), ("nullable", "note.a")], []),
        ([("nullable", "note.a"), ("not_null", "note.a")], ["not_null note.a"]),
        ([("add_mandatory", "note.a"), ("drop_column", "note.a")], ["drop_column note.a"]),
        ([("create_table", "note"), ("add_column", "note.a"), ("nullable", "note.a")], []),
    ],
)
def test_a_change_that_a_later_one_undoes_is_history(changes: list[tuple[Kind, str]], expected: list[str]) -> None:
    assert series(*changes) == expected


def test_text_names_file_table_and_column() -> None:
    change = Change("type", "note", "words", type="bigint", where="migrations/2.sql")

    assert change.text == "migrations/2.sql: note.words changes its type to bigint"
    assert Change("create_table", "note").text == ""
