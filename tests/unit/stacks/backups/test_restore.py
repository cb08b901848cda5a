"""A restore, step by step."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pocdeploy.stacks.backups import archive, copies, restore, sql, switch
from pocdeploy.stacks.backups.errors import BackupError
from tests.unit.fakes import FakeApi
from tests.unit.stacks.backups.databases import cluster

UNTIL = "2026-01-31T14:00:00Z"


def work(api: FakeApi, monkeypatch: pytest.MonkeyPatch, to: str = UNTIL) -> tuple[restore.Restore, list[str]]:
    steps: list[str] = []
    monkeypatch.setattr(sql, "flush", lambda *_: UNTIL)
    monkeypatch.setattr(switch, "reopen", lambda _, owner, app: steps.append(f"reopen {app} of {owner}"))
    monkeypatch.setattr(copies, "remove", lambda *_: bool(steps.append("remove")) or True)
    monkeypatch.setattr(copies, "create", lambda *_, **options: steps.append(f"create {options['database']}") or 72.0)
    found = archive.read(api, "polls")
    assert found is not None
    at = restore.target(to, found)
    return restore.Restore(api=api, app="shop", archive=found, at=at, log=steps.append), steps


def test_what_a_killed_restore_left_is_removed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    done, steps = work(cluster(), monkeypatch)
    assert done.prepare() == 72.0
    wanted = ["reopen shop of polls", "remove", "create shop"]
    assert [step for step in steps if step in wanted] == wanted


def test_a_copy_that_is_kept_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    done, steps = work(cluster(), monkeypatch)
    done.prepare("kept")
    assert "remove" not in steps


def test_rows_now_and_then_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    api = cluster("SELECT …", "public.vote|0", "SELECT …", "public.vote|12")
    api.add(
        "/apis/postgresql.cnpg.io/v1/namespaces/polls/clusters", "polls-db-restore", status={"currentPrimary": "c-1"}
    )
    done, _ = work(api, monkeypatch)
    assert done.differences()[0] == "public.vote: 0 rows now, 12 rows then"
    assert api.log == ["execute polls/polls-db-2"] * 2 + ["execute polls/c-1"] * 2


def test_the_contents_of_the_guest_get_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    done, _ = work(cluster(), monkeypatch)
    monkeypatch.setattr(switch, "load", lambda _, owner, app, copy: f"{owner} {app} {copy}")
    monkeypatch.setattr(switch, "switch", lambda _, owner, app, new, now: f"{owner} {app} from {new}")
    assert done.put_in_place() == "polls shop from polls shop polls-db-restore"


@pytest.mark.parametrize("to", ["yesterday", "2026-01-31T14:00:00", "2025-12-31T23:59:59Z"])
def test_a_moment_that_is_not_there_is_refused(to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError) as raised:
        work(cluster(), monkeypatch, to)
    assert "from 2026-01-01T03:00:00Z until now" in str(raised.value.findings[0].expected)


def test_without_a_base_backup_even_the_latest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="does not have this moment"):
        work(cluster(first=None), monkeypatch, "latest")


def test_the_clock_of_the_database_decides_what_is_past(monkeypatch: pytest.MonkeyPatch) -> None:
    done, _ = work(cluster(), monkeypatch, "2026-01-31T14:00:01Z")
    with pytest.raises(BackupError, match="the clock of the database says"):
        done.prepare()


def test_latest_has_no_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert work(cluster(), monkeypatch, "latest")[0].at is None
    assert work(cluster(), monkeypatch)[0].at == datetime(2026, 1, 31, 14, tzinfo=UTC)
