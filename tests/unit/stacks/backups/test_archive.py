"""What is backed up, read from the objects of a cluster."""

from __future__ import annotations

import pytest

from pocdeploy.config import Settings
from pocdeploy.stacks.backups import archive
from tests.unit.fakes import FakeApi
from tests.unit.stacks.backups.databases import SERVER, cluster


def test_the_archive_of_a_database_is_read() -> None:
    api = cluster()
    spec = {"cluster": {"name": "polls-db"}}
    for name, started in (("old", "2026-01-01T03:00:00Z"), ("new", "2026-01-02T03:00:00Z")):
        status = {"phase": "completed", "startedAt": started, "stoppedAt": started}
        api.add(archive.BACKUPS.format("polls"), name, spec=spec, status=status)
    api.add(archive.BACKUPS.format("polls"), "other", spec={"cluster": {"name": "other"}})
    found = archive.read(api, "polls")

    assert found is not None
    assert found.path == f"s3://backups/{SERVER}"
    assert found.window == "from 2026-01-01T03:00:00Z until now"
    assert [it.name for it in found.backups] == ["new", "old"]


def test_without_a_base_backup_nothing_can_be_restored() -> None:
    found = archive.read(cluster(first=None), "polls")
    assert found is not None
    assert found.window == "none: there is no base backup yet"


def test_a_database_without_archive_has_none() -> None:
    assert archive.read(cluster(archives=False), "polls") is None
    assert archive.read(FakeApi(), "polls") is None


def test_last_backups_are_those_that_are_known() -> None:
    assert archive.last_backups(cluster(), ["polls", "shop"]) == {"polls": "2026-01-01T03:00:00Z"}
    assert archive.last_backups(cluster(first=None), ["polls"]) == {}
    api = cluster()
    api.down = True
    assert archive.last_backups(api, ["polls"]) == {}


@pytest.mark.parametrize(
    ("text", "expected"), [("2026-01-01T03:00:00+01:00", "2026-01-01T02:00:00Z"), ("", "never"), (None, "never")]
)
def test_moments_are_shown_in_utc(text: str | None, expected: str) -> None:
    assert archive.shown(archive.moment(text)) == expected


def test_guests_are_no_owners() -> None:
    apps = {"polls": {}, "shop": {"database": {"shared": "polls"}}, "page": {"database": False}}
    assert archive.owners(Settings.model_validate({"apps": apps})) == ["polls"]
