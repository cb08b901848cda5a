"""Differences of two databases."""

from __future__ import annotations

from pocdeploy.stacks.backups import rows


def test_a_database_without_tables_has_no_rows() -> None:
    asked: list[str] = []
    assert rows.count(lambda query: asked.append(query) or "") == {}
    assert asked == [rows.COUNTS]


def test_tables_are_compared_by_their_rows() -> None:
    now = rows.parse("public.vote|0\npublic.question|3\npublic.new|1\n")
    then = rows.parse('public.vote|12\npublic.question|3\n"a|b".old|2\n')

    assert list(rows.differences(now, then)) == [
        '"a|b".old: not there now, 2 rows then',
        "public.new: 1 rows now, not there then",
        "public.vote: 0 rows now, 12 rows then",
        "1 tables with the same number of rows",
    ]
