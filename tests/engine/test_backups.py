"""Backups of a database that exists: switched on, kept by later runs, and in a new archive with a new cluster."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.stacks.backup_servers import of_cluster
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, from_export
from tests.engine.bench import Bench
from tests.engine.test_databases import cluster_of, steps_of

CREATED = {
    *("Command test-backups", "LocalStore test-backups", "BackupPlugin barman-cloud", "Release barman-cloud"),
    *("ObjectStore polls-db-backups", "ScheduledBackup polls-db-schedule", "CronJob polls-db-drill-job"),
}


def backups(stack: Bench, store: str, **cluster: Any) -> None:
    def into(config: dict[str, Any]) -> None:
        config["pocdeploy:backups"] = {"store": store}
        config["pocdeploy:cluster"] = {**config.get("pocdeploy:cluster", {}), **cluster}

    stack.configure(into)


@pytest.fixture
def archived(mine: Bench) -> Bench:
    """Return a deployed stack whose backups were switched on in a second run."""
    backups(mine, "local")
    run = mine.up()
    assert run.code == 0, run.output
    steps = run.steps()
    assert set(steps["create"]) >= CREATED
    # The instances restart one by one, and the gate waits for all of them.
    assert steps_of(run, "Cluster") == ["update Cluster polls-db"]
    assert "create-replacement ConfigMap polls-db-verified" in steps_of(run, "ConfigMap")
    return mine


def test_the_archive_stays_until_the_cluster_is_another(archived: Bench) -> None:
    first = of_cluster(cluster_of(archived))
    again = archived.up()
    assert again.code == 0, again.output
    assert again.steps() == {}
    assert of_cluster(cluster_of(archived)) == first
    secret = from_export({"deployment": archived.state()}).find("command:local:Command", "test-backups")
    assert secret is not None
    assert not isinstance(secret.environment["ROOT_SECRET_KEY"], str)

    backups(archived, "none")
    off = archived.up()
    assert off.code == 0, off.output
    assert steps_of(off, "Cluster") == ["update Cluster polls-db"]
    assert of_cluster(cluster_of(archived)) is None
    assert [*from_export({"deployment": archived.state()}).of_type(DATABASE_CLUSTER)]
