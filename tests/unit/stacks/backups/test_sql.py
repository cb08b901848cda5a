"""SQL on the primary, and the end of what is archived."""

from __future__ import annotations

import pytest

from pocdeploy.stacks.backups import sql
from pocdeploy.stacks.backups.errors import BackupError
from tests.unit.fakes import FakeApi, FakeClock
from tests.unit.stacks.backups.databases import cluster

UNTIL, SEGMENT = "2026-01-31T14:00:00Z", "000000010000000000000007"
BEFORE = "000000010000000000000006"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "time", FakeClock())


def test_statements_run_on_the_primary() -> None:
    api = cluster(" 1|2\n")
    assert sql.run(api, "polls", "polls-db", "SELECT 1, 2") == "1|2"
    assert api.log == ["execute polls/polls-db-2"]
    assert api.commands[0][-4:] == ["--dbname", "postgres", "--command", "SELECT 1, 2"]


def test_a_database_without_primary_is_named() -> None:
    with pytest.raises(BackupError, match="polls/polls-db: the database has no primary"):
        sql.run(FakeApi(), "polls", "polls-db", "SELECT 1")


@pytest.mark.parametrize("archived", [SEGMENT, f"{SEGMENT}.00000028.backup", "000000020000000000000001"])
def test_flush_ends_when_the_segment_is_archived(archived: str) -> None:
    api = cluster(UNTIL, "", SEGMENT, f"{BEFORE}||0", f"{archived}||0")
    assert sql.flush(api, "polls") == UNTIL
    statements = [command[-1].split("(")[0] for command in api.commands]
    # The message before the switch, and each in a transaction of its own.
    assert statements[1:3] == ["SELECT pg_logical_emit_message", "SELECT pg_walfile_name"]


def test_flush_fails_if_the_store_takes_nothing() -> None:
    api = cluster(UNTIL, "", SEGMENT, *[f"{BEFORE}|{SEGMENT}|5"] * 200)
    with pytest.raises(BackupError, match="did not take the write-ahead log within 120 s") as raised:
        sql.flush(api, "polls")
    (finding,) = raised.value.findings
    assert finding.actual == f"last archived: {BEFORE}, last failure and number of failures: {SEGMENT}|5"


def test_a_database_without_a_primary_has_not_begun() -> None:
    api = cluster()
    assert sql.has_begun(api, "polls")
    api.add("/apis/postgresql.cnpg.io/v1/namespaces/shop/clusters", "shop-db", status={"phase": "Setting up primary"})
    assert not sql.has_begun(api, "shop")
    assert not sql.has_begun(api, "absent")
