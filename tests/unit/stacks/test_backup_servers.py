"""Each life of a database has its own archive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pocdeploy.config import Settings
from pocdeploy.stacks import backup_servers
from pocdeploy.stacks.deployed import Deployed, from_export

NOW = datetime(2026, 1, 31, 14, tzinfo=UTC)
SERVER = "polls-db-20250101-000000"
DATABASE = "urn:pulumi:dev::pocdeploy::kubernetes:postgresql.cnpg.io/v1:Cluster::polls-db"
KIND = "urn:pulumi:dev::pocdeploy::command:local:Command::test-kind"


def deployed(*plugins: str, config: str = "nodes: []") -> Deployed:
    parameters = [{"name": backup_servers.PLUGIN, "parameters": {"serverName": it}} for it in plugins]
    database: dict[str, Any] = {"spec": {"plugins": parameters}}
    environment = {"CLUSTER": "test", "CONFIG_HASH": "1"}
    command = {"environment": environment, "stdin": config, "triggers": ["test", "1"]}
    resources = [{"urn": DATABASE, "inputs": database}, {"urn": KIND, "inputs": command}]
    return from_export({"deployment": {"resources": resources}})


def name(state: Deployed, settings: dict[str, Any] | None = None) -> str:
    return backup_servers.name("polls", Settings.model_validate(settings or {}), state, now=NOW)


def test_a_new_database_gets_a_new_archive() -> None:
    assert name(Deployed()) == "polls-db-20260131-140000"


def test_backups_that_are_switched_on_get_a_new_archive() -> None:
    assert name(deployed()) == "polls-db-20260131-140000"


def test_a_deployed_database_keeps_its_archive(monkeypatch: Any) -> None:
    monkeypatch.setattr(backup_servers.data_loss, "loses_cluster", lambda *_: False)
    assert name(deployed(SERVER)) == SERVER


def test_databases_of_a_replaced_cluster_get_new_archives() -> None:
    assert name(deployed(SERVER), {"cluster": {"name": "other"}}) == "polls-db-20260131-140000"


def test_the_archive_of_a_copy_is_found() -> None:
    spec = {
        "bootstrap": {"recovery": {"source": "origin"}},
        "externalClusters": [{"name": "origin", "plugin": {"parameters": {"serverName": SERVER}}}],
    }
    assert backup_servers.origin(spec) == SERVER
    assert backup_servers.origin({"externalClusters": spec["externalClusters"]}) is None


def test_only_databases_with_an_archive_are_listed() -> None:
    assert backup_servers.deployed_servers(deployed(SERVER)) == {"polls": SERVER}
    assert backup_servers.deployed_servers(deployed()) == {}
