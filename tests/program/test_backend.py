"""The components of the database: what is created, what waits for it, and what protects its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.backend import gate
from tests.program.conftest import stack_config
from tests.program.planner import Planner
from tests.program.recorder import ROOT, Recorded, deploy


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    config = stack_config(ROOT / "docs" / "stacks" / "masked-copy.yaml")
    return deploy(config, tmp_path_factory.mktemp("masked"), stack="masked-copy")


def test_migration_waits_for_the_primary_only(dev: Recorded) -> None:
    cluster, migrate = dev.one("Cluster"), dev.one("Job", "polls-migrate")
    first, *_ = migrate.pod["initContainers"]

    assert cluster.urn in migrate.depends_on
    assert cluster.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "jsonpath={.status.currentPrimary}"
    assert first["name"] == "wait-for-database"
    assert "SELECT 1" in first["command"][-1]


def test_nothing_else_waits_for_the_database(dev: Recorded) -> None:
    """Parameters are not compared: a client cannot know how PostgreSQL writes a value."""
    assert {job.name for job in dev.all("Job")} == {"polls-migrate", "polls-admin", "polls-smoke"}


def test_gate_runs_for_each_specification_and_blocks_no_client(dev: Recorded) -> None:
    verified = dev.one("ConfigMap", "polls-db-verified")

    assert dev.one("Cluster").urn in verified.depends_on
    # The first base backup is made at once, and all instances must archive before it.
    assert [r.name for r in dev.resources if verified.urn in r.depends_on] == ["polls-db-schedule"]
    assert verified.hooks == {"before_create": ("polls-db-verified",)}
    assert verified.inputs["immutable"] is True
    assert verified.inputs["data"]["instances"] == "3"
    assert "name" not in verified.inputs["metadata"]


def test_failures_of_the_database_are_explained(dev: Recorded) -> None:
    assert dev.one("Cluster").hooks == {"on_error": ("polls-db-failed",)}
    assert dev.one("Cluster").timeouts == {"create": "10m", "update": "10m"}


def test_database_password_is_not_in_the_program(dev: Recorded) -> None:
    values = dev.one("Deployment").environment

    assert values["DATABASE_PASSWORD"] == {"secretKeyRef": {"name": "polls-db-app", "key": "password"}}
    assert values["DATABASE_HOST"] == {"secretKeyRef": {"name": "polls-db-app", "key": "host"}}
    assert not [r.name for r in dev.all("RandomPassword") if "db" in r.name]


def test_single_instance_has_no_budget_and_no_replication(tmp_path: Path) -> None:
    stack = deploy({"apps": {"polls": {"database": {"instances": 1}}}}, tmp_path)
    spec = stack.one("Cluster").inputs["spec"]

    assert spec["enablePDB"] is False
    assert "synchronous" not in spec["postgresql"]


def test_replicas_are_synchronous_and_spread(dev: Recorded) -> None:
    spec = dev.one("Cluster").inputs["spec"]

    assert spec["instances"] == 3
    assert spec["enablePDB"] is True
    assert spec["affinity"]["podAntiAffinityType"] == "preferred"
    assert spec["storage"] == {"size": "1Gi", "storageClass": "standard"}
    # Without the quorum, a replica that lacks acknowledged commits could become the primary.
    assert spec["postgresql"]["synchronous"] == {
        "method": "any",
        "number": 1,
        "dataDurability": "preferred",
        "failoverQuorum": True,
    }


def test_statements_are_collected_only_with_monitoring(dev: Recorded, two: Recorded) -> None:
    monitored, unmonitored = (stack.one("Cluster").inputs["spec"] for stack in (dev, two))
    config = dev.one("ConfigMap", "polls-db-queries")
    default, reference = monitored["monitoring"]["customQueriesConfigMap"]

    assert default["name"] == "cnpg-default-monitoring"
    assert reference["name"] == config.inputs["metadata"]["name"]
    assert reference["key"] in config.inputs["data"]
    assert config.inputs["metadata"]["namespace"] == "polls"
    assert config.urn in dev.one("Cluster").depends_on
    assert "monitoring" not in unmonitored
    assert not [name for name in unmonitored["postgresql"]["parameters"] if name.startswith("pg_stat_statements")]


def test_copy_is_masked_before_a_client_reads_it(masked: Recorded) -> None:
    cluster, mask = masked.one("Cluster", "polls-db"), masked.one("Job", "polls-db-mask")
    migrate = masked.one("Job", "polls-migrate")
    sql = (ROOT / "docs" / "stacks" / "mask-polls.sql").read_text("utf-8")

    assert cluster.inputs["spec"]["bootstrap"] == {
        "recovery": {"database": "polls", "owner": "polls", "backup": {"name": "polls-db-nightly"}}
    }
    assert len(mask.pod["containers"]) == 1
    assert {"name": "MASK", "value": sql} in mask.container["env"]
    assert cluster.urn in mask.depends_on
    assert mask.urn in migrate.depends_on


def test_database_that_is_not_a_copy_is_not_masked(dev: Recorded) -> None:
    assert [job.name for job in dev.all("Job") if "mask" in job.name] == []
    assert set(dev.one("Cluster", "polls-db").inputs["spec"]["bootstrap"]) == {"initdb"}


def test_the_gate_waits_only_for_a_changed_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    namespaces: list[str | None] = []
    real = gate.hook

    def hook(*given: Any, new_operator: str | None, **more: Any) -> pulumi.ResourceHook:
        namespaces.append(new_operator)
        return real(*given, **more)

    monkeypatch.setattr(gate, "hook", hook)
    config: dict[str, Any] = {"apps": {"polls": {}}, "monitoring": {"profile": "off"}}
    chart = {"source": "https://charts.example.com", "version": "99.0.0"}
    planner = Planner(tmp_path)
    for charts in ({}, {}, {"cloudnative-pg": chart}, {"cloudnative-pg": chart}):
        assert not planner.up(config | ({"charts": charts} if charts else {})).refused

    assert namespaces == [None, None, "cnpg-system", None]
