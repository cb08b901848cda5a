"""Changes of tables in migrations of Active Record."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.migrations.rails import read


def changes(folder: Path, body: str, method: str = "change") -> list[str]:
    file = folder / "db" / "migrate" / "20260101000000_x.rb"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    file.write_text(f"class X < ActiveRecord::Migration[7.2]\n  def {method}\n{lines}\n  end\nend\n")
    return [" ".join(filter(None, (it.kind, it.table, it.column, it.type))) for it in read(source_files.read(folder))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("drop_table :notes", ["drop_table notes"]),
        ('remove_column "notes", "words", :integer', ["drop_column notes words"]),
        ("remove_column(:notes, :words)", ["drop_column notes words"]),
        ("remove_columns :notes, :a, :b", ["drop_column notes a", "drop_column notes b"]),
        ("remove_reference :notes, :author", ["drop_column notes author_id"]),
        ("rename_table :notes, :texts", ["rename_table notes"]),
        ("rename_column :notes, :a, :b", ["rename_column notes a", "add_column notes b"]),
        ("add_column :notes, :a, :string, null: false", ["add_mandatory notes a"]),
        ("add_column :notes, :a, :string, null: false, default: ''", ["add_column notes a"]),
        ("add_column :notes, :a,\n  :string,\n  null: false", ["add_mandatory notes a"]),
        ("change_column_null :notes, :a, false", ["not_null notes a"]),
        ("change_column_null :notes, :a, true", ["nullable notes a"]),
        ("change_column :notes, :a, :bigint", ["type notes a bigint"]),
        ("change_table :notes do |t|\n  t.remove :a, :b\n  t.rename :c, :d\nend", None),
        ('execute "ALTER TABLE notes DROP COLUMN a"', ["drop_column notes a"]),
        ("execute <<~SQL\n  ALTER TABLE notes DROP COLUMN a\nSQL", ["drop_column notes a"]),
        ("create_table :notes do |t|\n  t.text :a, null: false\nend", ["create_table notes"]),
        ("# drop_table :notes", []),
        ("add_index :notes, :a", []),
    ],
)
def test_changes_of_a_migration(tmp_path: Path, body: str, expected: list[str] | None) -> None:
    several = ["drop_column notes a", "drop_column notes b", "rename_column notes c", "add_column notes d"]

    assert changes(tmp_path, body) == (several if expected is None else expected)


def test_the_way_back_is_left_out(tmp_path: Path) -> None:
    assert changes(tmp_path, "drop_table :notes", method="down") == []
    assert changes(tmp_path, "drop_table :notes", method="up") == ["drop_table notes"]
