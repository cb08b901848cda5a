"""The archives of the last stack of a name are offered to the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.stacks.backups import lives

SERVER = "polls-db-20260101-000000"
RECOVERY = {"recovery": {"from": SERVER}}


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        ({"backups": {"store": "local"}}, True),
        ({}, True),
        ({"backups": {"store": "none"}}, False),
        ({"backups": {"store": "local"}, "apps": {"polls": {"database": RECOVERY}}}, False),
        ({"backups": {"store": "local"}, "apps": {"other": {}}}, False),
    ],
)
def test_only_what_can_be_used_is_offered(tmp_path: Path, settings: dict[str, Any], offered: bool) -> None:
    lives.remember(tmp_path, "org/dev", {"polls": {"server": SERVER, "until": "2026-01-31T14:00:00Z"}})
    lines = list(lives.offers(tmp_path, "dev", Settings.model_validate(settings)))

    assert len(lines) == offered
    assert all(line.endswith(f"set apps.polls.database.recovery.from {SERVER} --stack dev") for line in lines)


def test_the_bucket_of_the_last_life_is_used_again(tmp_path: Path) -> None:
    left = {"server": SERVER, "bucket": "dev-backups-1a2b", "until": "2026-01-31T14:00:00Z"}
    lives.remember(tmp_path, "dev", {"polls": left})
    aws = {"type": "eks", "region": "eu-central-1", "domain": "polls.example.com"}
    (line,) = lives.offers(tmp_path, "dev", Settings.model_validate({"backups": {"store": "s3"}, "cluster": aws}))
    assert line.endswith(f"database.recovery.from {SERVER} backups.bucket dev-backups-1a2b --stack dev")


def test_a_first_stack_gets_no_offer(tmp_path: Path) -> None:
    assert list(lives.offers(tmp_path, "dev", Settings.model_validate({"backups": {"store": "local"}}))) == []
