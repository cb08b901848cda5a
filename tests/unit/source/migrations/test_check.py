"""The query for the database; tests/app runs it on a real one."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.config import source_files
from pocdeploy.source.migrations import check


def asked(folder: Path, *statements: str) -> str | None:
    (folder / "migrations").mkdir(exist_ok=True)
    for number, statement in enumerate(statements):
        (folder / "migrations" / f"{number}.sql").write_text(f"{statement};")
    return check.query(source_files.read(folder))


def test_source_without_breaking_changes_asks_nothing(tmp_path: Path) -> None:
    assert asked(tmp_path, "CREATE TABLE note (id int)", "ALTER TABLE note ADD a text") is None
    assert check.query(source_files.read(tmp_path / "migrations")) is None


def test_names_cannot_leave_their_literals(tmp_path: Path) -> None:
    text = asked(tmp_path, """DROP TABLE "it's" """) or ""

    assert "'\"it''s\"'" in text
    assert text.count("VALUES") == 1


def test_only_the_latest_changes_are_asked(tmp_path: Path) -> None:
    text = asked(tmp_path, *(f"DROP TABLE t{number}" for number in range(check.MOST + 5))) or ""

    assert text.count("'drop_table', '") == check.MOST
    assert '"t0"' not in text
