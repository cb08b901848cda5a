"""A base backup by hand."""

from __future__ import annotations

import pytest

from pocdeploy.stacks.backups import archive, make
from pocdeploy.stacks.backups.errors import BackupError
from tests.unit.fakes import FakeApi, FakeClock
from tests.unit.stacks.backups.databases import SERVER, cluster

PATH = f"{archive.BACKUPS.format('polls')}/polls-db-x1"


def backup(monkeypatch: pytest.MonkeyPatch, *phases: str, error: str = "", **more: object) -> tuple[FakeApi, str]:
    """Make a base backup that goes through these phases, two seconds each."""
    segment = "000000020000000000000007"
    api, left = cluster("120 MB", "2026-11-28T12:00:00Z", "0/7", segment, f"{segment}||0"), list(phases)

    def next_phase() -> None:
        api.objects[PATH]["status"] = {"phase": left.pop(0) if len(left) > 1 else left[0], "error": error, **more}

    monkeypatch.setattr(make, "time", FakeClock(after=next_phase))
    found = archive.read(api, "polls")
    assert found is not None
    return api, make.base_backup(api, found)


def test_a_backup_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    api, said = backup(monkeypatch, "running", "completed")
    assert said == f"backed up 120 MB of databases in 4 s, to s3://backups/{SERVER}"
    assert api.objects[PATH]["spec"]["method"] == "plugin"
    assert any("pg_switch_wal" in each for each in api.commands[-2]), "the end of its write-ahead log is archived, too"


def test_a_failed_backup_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="the base backup failed") as raised:
        backup(monkeypatch, "failed", error="access denied")
    assert raised.value.findings[0].actual == "access denied"


def test_a_backup_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="no base backup within 3600 s"):
        backup(monkeypatch, "running")


def test_the_log_of_the_plugin_is_named_if_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError) as raised:
        backup(monkeypatch, "failed", instanceID={"podName": "polls-db-2"})
    assert raised.value.findings[0].fix == (
        "kubectl --namespace polls logs polls-db-2 --container plugin-barman-cloud --tail 20"
    )
