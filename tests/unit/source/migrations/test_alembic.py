"""Changes of tables in modules of Alembic."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.migrations.alembic import read

MODULE = """
from alembic import op
import sqlalchemy as sa

revision{kind} = "{own}"
down_revision = {before}


def upgrade():
{body}


def downgrade():
    op.drop_table("everything")
"""


def changes(folder: Path, body: str) -> list[str]:
    write(folder, "a.py", body)
    return [" ".join(filter(None, (it.kind, it.table, it.column, it.type))) for it in read(source_files.read(folder))]


def write(folder: Path, name: str, body: str, *, own: str = "1", before: str = "None", kind: str = "") -> None:
    file = folder / "migrations" / "versions" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    file.write_text(MODULE.format(own=own, before=before, body=lines, kind=kind))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('op.drop_column("note", "words")', ["drop_column note words"]),
        ('op.drop_column("note", "words", schema="app")', ["drop_column app.note words"]),
        ('op.drop_table("note")', ["drop_table note"]),
        ('op.rename_table("note", "notes")', ["rename_table note"]),
        ('op.add_column("note", sa.Column("a", sa.Text(), nullable=False))', ["add_mandatory note a"]),
        ('op.add_column("note", sa.Column("a", sa.Text(), nullable=False, server_default=""))', ["add_column note a"]),
        ('op.add_column("note", sa.Column("a", sa.Text()))', ["add_column note a"]),
        ('op.alter_column("note", "a", nullable=False)', ["not_null note a"]),
        ('op.alter_column("note", "a", nullable=True)', ["nullable note a"]),
        ('op.alter_column("note", "a", new_column_name="b")', ["rename_column note a", "add_column note b"]),
        ('op.alter_column("note", "a", type_=sa.BigInteger())', ["type note a bigint"]),
        ('op.alter_column("note", "a", type_=Fancy())', []),
        ('op.execute("ALTER TABLE note DROP COLUMN a")', ["drop_column note a"]),
        ('op.execute(sa.text("DROP TABLE note"))', ["drop_table note"]),
        ('op.execute("UPDATE note SET a = 1")', []),
        ('with op.batch_alter_table("note") as batch:\n    batch.drop_column("a")', ["drop_column note a"]),
        ('op.create_index("i", "note", ["a"])', []),
        ("pass", []),
    ],
)
def test_changes_of_a_module(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert changes(tmp_path, body) == expected


@pytest.mark.parametrize("kind", ["", ": str"], ids=["plain", "annotated"])
def test_modules_are_read_in_the_order_of_their_revisions(tmp_path: Path, kind: str) -> None:
    write(tmp_path, "a.py", 'op.drop_table("third")', own="3", before='("2", "x")', kind=kind)
    write(tmp_path, "b.py", 'op.drop_table("first")', own="1", kind=kind)
    write(tmp_path, "c.py", 'op.drop_table("second")', own="2", before='"1"', kind=kind)

    assert [it.table for it in read(source_files.read(tmp_path))] == ["first", "second", "third"]


@pytest.mark.parametrize("text", ["def upgrade(:\n", "", "revision = 1\n", 'revision = "1"\n'])
def test_what_is_no_module_has_no_changes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "migrations" / "versions" / "a.py"
    file.parent.mkdir(parents=True)
    file.write_text(text)

    assert read(source_files.read(tmp_path)) == []


def test_a_circle_of_revisions_ends(tmp_path: Path) -> None:
    write(tmp_path, "a.py", 'op.drop_table("a")', own="1", before='"2"')
    write(tmp_path, "b.py", 'op.drop_table("b")', own="2", before='"1"')

    assert {it.table for it in read(source_files.read(tmp_path))} == {"a", "b"}
