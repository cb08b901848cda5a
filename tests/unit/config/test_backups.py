"""Settings of backups: what is accepted, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pocdeploy.config import Settings
from pocdeploy.config.backups import Backups, DatabaseBackup
from pocdeploy.config.secrets import check_store
from tests.unit.configuration import Bad, assert_refused, cluster, database

SERVER = "polls-db-20260131-140000"


def recovery(settings: dict[str, Any], store: str | None = None) -> dict[str, Any]:
    """Settings of a database that begins as a copy."""
    return {**database(recovery=settings), **({"backups": {"store": store}} if store else {})}


BAD: list[Bad] = [
    ({"backups": {"store": "s3"}}, "backups.bucket", "an S3 bucket for the store s3"),
    ({"backups": {"store": "local", "bucket": "acme"}}, "backups.bucket", "no bucket with the store local"),
    ({"backups": {"store": "tape"}}, "backups.store", "'none', 'local' or 's3'"),
    ({"backups": {"store": "local"}, **cluster(type="processes")}, "backups.store", "s3 for backups of a cluster of"),
    ({"backups": {"store": "s3", "bucket": "s3://acme"}}, "backups.bucket", "without s3://"),
    (recovery({"from": SERVER}, store="none"), "backups.store", "a store of backups, from which"),
    (recovery({"from": SERVER, "backup": "x"}), "apps.polls.database.recovery", "exactly one of"),
    (
        recovery({"targetTime": "2026-01-31T14:00:00Z", "backup": "x", "mask": "README.md"}),
        "apps.polls.database.recovery.targetTime",
        "no targetTime without from",
    ),
    (
        recovery({"from": SERVER, "targetTime": "2026-01-31T14:00:00"}, store="local"),
        "apps.polls.database.recovery.targetTime",
        "a time with its offset",
    ),
    (recovery({"from": f"prod/{SERVER}"}, store="local"), "apps.polls.database.recovery.mask", "a mask"),
    (recovery({"backup": "x"}), "apps.polls.database.recovery.mask", "a mask"),
    (recovery({"from": "polls"}, store="local"), "apps.polls.database.recovery.from", "pocdeploy backups"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_settings_are_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


@pytest.mark.parametrize("schedule", ["daily", "0 0 3 * * *", "0 3 31 2 *"])
def test_bad_schedules_are_refused(schedule: str) -> None:
    with pytest.raises(ValidationError, match="five fields, for example"):
        DatabaseBackup(schedule=schedule)


@pytest.mark.parametrize("retention", ["7", "0d", "7 days"])
def test_bad_retentions_are_refused(retention: str) -> None:
    with pytest.raises(ValidationError, match="for example 7d"):
        DatabaseBackup(retention=retention)


def test_backups_of_one_database_can_be_switched_off() -> None:
    database = Settings.model_validate({"apps": {"polls": {"database": {"backup": False}}}}).apps["polls"].database
    assert database is not None
    assert database.backup is None


@pytest.mark.parametrize(
    ("backups", "names", "wanted"),
    [
        ({"store": "s3", "bucket": "acme"}, {}, []),
        ({"store": "s3", "bucket": "acme"}, {"ACCESS_KEY_ID": "x"}, ["SECRET_ACCESS_KEY"]),
        (
            {"store": "s3", "bucket": "acme", "endpoint": "https://s3.example.com"},
            {},
            ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"],
        ),
        ({}, {"ACCESS_KEY_ID": "x"}, ["ACCESS_KEY_ID"]),
    ],
)
def test_credentials_are_complete_or_absent(backups: dict[str, Any], names: dict[str, str], wanted: list[str]) -> None:
    found = check_store({"backups": names} if names else {}, Backups.model_validate(backups))
    assert [finding.where for finding in found] == [f"pocdeploy:secrets.backups.{name}" for name in wanted]
