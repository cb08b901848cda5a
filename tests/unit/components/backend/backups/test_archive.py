"""Which databases archive, and what they read."""

from __future__ import annotations

import pytest

from components.backend.backups.archive import Archive
from components.shared.backup_store import BackupStore
from pocdeploy.config import Database

STORE = BackupStore(bucket="acme", prefix="prod")
SERVER = "polls-db-20260131-140000"


def fields(archive: Archive, **settings: object) -> dict[str, object]:
    return archive.fields("polls", Database.model_validate(settings))


def test_without_a_store_nothing_is_added() -> None:
    assert fields(Archive(server=SERVER)) == {}


def test_one_database_can_be_left_out() -> None:
    assert "plugins" in fields(Archive(store=STORE, server=SERVER))
    assert fields(Archive(store=STORE, server=SERVER), backup=False) == {}


@pytest.mark.parametrize(
    ("source", "object_store", "server"),
    [(SERVER, "polls-db", SERVER), (f"other/{SERVER}", "polls-db-origin", SERVER)],
)
def test_a_copy_reads_the_archive_of_its_origin(source: str, object_store: str, server: str) -> None:
    found = fields(Archive(store=STORE, server="polls-db-20260301-000000"), recovery={"from": source, "mask": "m.sql"})
    (external,) = found["externalClusters"]  # type: ignore[misc]

    assert external["plugin"]["parameters"] == {"barmanObjectName": object_store, "serverName": server}
    assert external["plugin"]["isWALArchiver"] is False
    assert found["plugins"][0]["parameters"]["serverName"] == "polls-db-20260301-000000"  # type: ignore[index]


@pytest.mark.parametrize(
    ("store", "port"),
    [
        (STORE, 443),
        (BackupStore(bucket="b", endpoint="http://x:7070"), 7070),
        (BackupStore(bucket="b", endpoint="http://x"), 80),
    ],
)
def test_the_port_is_that_of_the_endpoint(store: BackupStore, port: int) -> None:
    assert store.port == port


def test_each_stack_has_its_path() -> None:
    assert (STORE.path(), STORE.path("dev"), BackupStore(bucket="b").path()) == (
        "s3://acme/prod/",
        "s3://acme/dev/",
        "s3://b/",
    )
