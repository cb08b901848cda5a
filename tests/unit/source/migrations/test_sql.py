"""Changes of tables in SQL files, in the dialects of the usual tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.migrations.sql import read, statements


def kinds(text: str) -> list[str]:
    return [" ".join(filter(None, (it.kind, it.table, it.column, it.type))) for it in statements(text, "m.sql")]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DROP TABLE note", ["drop_table note"]),
        ("drop table if exists a, public.b cascade", ["drop_table a", "drop_table public.b"]),
        ('DROP TABLE "Note"', ["drop_table Note"]),
        ("CREATE TABLE IF NOT EXISTS note (id int, body text NOT NULL)", ["create_table note"]),
        ("ALTER TABLE note DROP COLUMN words", ["drop_column note words"]),
        ("ALTER TABLE ONLY note DROP words", ["drop_column note words"]),
        ('ALTER TABLE "Note" DROP COLUMN IF EXISTS "wordCount"', ["drop_column Note wordCount"]),
        ("ALTER TABLE note RENAME TO notes", ["rename_table note"]),
        ("ALTER TABLE note RENAME COLUMN a TO b", ["rename_column note a", "add_column note b"]),
        ("ALTER TABLE note RENAME a TO b", ["rename_column note a", "add_column note b"]),
        ("ALTER TABLE note ALTER COLUMN a SET NOT NULL", ["not_null note a"]),
        ("ALTER TABLE note ALTER a DROP NOT NULL", ["nullable note a"]),
        ("ALTER TABLE note ALTER COLUMN a TYPE varchar(20)", ["type note a varchar(20)"]),
        ("ALTER TABLE note ALTER a SET DATA TYPE bigint USING a::bigint", ["type note a bigint"]),
        ("ALTER TABLE note ADD COLUMN a text NOT NULL", ["add_mandatory note a"]),
        ("ALTER TABLE note ADD a text NOT NULL DEFAULT ''", ["add_column note a"]),
        ("ALTER TABLE note ADD a bigserial NOT NULL", ["add_column note a"]),
        ("ALTER TABLE note ADD a int GENERATED ALWAYS AS IDENTITY NOT NULL", ["add_column note a"]),
        ("ALTER TABLE note ADD COLUMN a text", ["add_column note a"]),
        ("ALTER TABLE note ADD a numeric(8, 2), DROP b", ["add_column note a", "drop_column note b"]),
        ("ALTER TABLE note SET SCHEMA old", ["rename_table note"]),
        ("ALTER TABLE note ADD CONSTRAINT c UNIQUE (a), DROP CONSTRAINT d", []),
        ("ALTER TABLE note RENAME CONSTRAINT a TO b", []),
        ("CREATE INDEX i ON note (a)", []),
        ("INSERT INTO note VALUES ('DROP TABLE note; ALTER TABLE note DROP a')", []),
        ("-- DROP TABLE note\n/* DROP TABLE note; */ SELECT 1", []),
        ("DO $$ BEGIN DROP TABLE note; END $$", []),
        ("CREATE FUNCTION f() RETURNS int AS $body$ DROP TABLE note; $body$ LANGUAGE sql", []),
        ("", []),
    ],
)
def test_changes_of_a_statement(statement: str, expected: list[str]) -> None:
    assert kinds(statement) == expected
    assert kinds(f"SELECT 1;\n{statement};\nSELECT 2;") == expected


@pytest.mark.parametrize(
    "down", ["-- Down Migration", "-- migrate:down", "-- +goose Down", "-- +migrate Down", "--rollback", "-- down"]
)
def test_the_way_back_is_left_out(down: str) -> None:
    up = down.replace("Down", "Up").replace("down", "up") if "ollback" not in down else ""

    assert kinds(f"{up}\nCREATE TABLE a (id int);\n\n{down}\nDROP TABLE a;\n") == ["create_table a"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["migrations/2_b.sql", "migrations/10_c.sql", "migrations/1_a.sql"], ["1_a", "2_b", "10_c"]),
        (["db/migrations/1_a.up.sql", "db/migrations/1_a.down.sql"], ["1_a.up"]),
        (["prisma/migrations/20240101_init/migration.sql", "prisma/migrations/lock.toml"], ["migration"]),
        (
            ["src/main/resources/db/migration/V2__b.sql", "src/main/resources/db/migration/V1__a.sql"],
            ["V1__a", "V2__b"],
        ),
        (["drizzle/0000_a.sql"], ["0000_a"]),
        (["queries/report.sql"], []),
    ],
    ids=["numbers", "up and down", "Prisma", "Flyway", "Drizzle", "no migrations"],
)
def test_files_are_read_in_their_order(tmp_path: Path, names: list[str], expected: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("DROP TABLE note;")

    assert [Path(it.where).stem for it in read(source_files.read(tmp_path))] == expected
