"""The restored contents get the place of the old ones; the scripts themselves run in tests/app."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from pocdeploy.stacks.backups import switch
from pocdeploy.stacks.backups.errors import BackupError
from tests.unit.stacks.backups.databases import cluster

SIZE, FREE = "1000000", "Avail 1B-blocks\n2000000 3000000\n"


def test_contents_are_loaded_with_the_password_on_stdin() -> None:
    api = cluster(SIZE, FREE, "")
    secret = {"data": {"password": base64.b64encode(b"one-time").decode()}}
    api.add("/api/v1/namespaces/polls/secrets", "polls-db-restore-app", **secret)

    assert switch.load(api, "polls", "shop", "polls-db-restore") == "shop_restored"
    assert api.commands[-1][3:] == ["load", "shop", "shop_restored", "polls-db-restore-rw"]
    assert api.inputs[-1] == "one-time\n"
    assert "one-time" not in str(api.commands)


def test_clients_can_connect_after_a_killed_switch() -> None:
    api = cluster("")
    switch.reopen(api, "polls", "shop")
    assert api.log[-1] == "execute polls/polls-db-2"
    assert api.commands[-1][-1] == 'ALTER DATABASE "shop" ALLOW_CONNECTIONS true'


def test_a_volume_without_room_is_refused() -> None:
    with pytest.raises(BackupError, match="no room") as raised:
        switch.load(cluster(SIZE, "Avail 1B-blocks\n1999999 1073741824\n"), "polls", "polls", "polls-db-restore")
    (finding,) = raised.value.findings
    assert finding.where == "polls/polls-db"
    assert str(finding.fix).endswith("set apps.polls.database.storage 2Gi --stack dev")


def test_the_old_database_keeps_the_time_in_its_name() -> None:
    api = cluster("")
    old = switch.switch(api, "polls", "polls", "polls_restored", now=datetime(2026, 1, 31, 14, 5, 6, tzinfo=UTC))
    assert old == "polls_before_20260131140506"
    assert api.commands[0][3:] == ["switch", "polls", "polls_restored", old]
