"""Settings by their key."""

from __future__ import annotations

import pytest

from pocdeploy.config import keys, schema


@pytest.mark.parametrize(
    "key",
    [
        "cluster.httpPort",
        "apps.shop.env.A",
        "apps.shop.database.parameters.max_connections",
        "apps.shop.businessMetrics[0].query",
        "charts.cloudnative-pg.source",
        "monitoring.receiver.to",
    ],
)
def test_a_setting_is_found_by_its_key(key: str) -> None:
    assert schema.field(keys.parse(key), "kind") is not None


@pytest.mark.parametrize(
    "key", ["cluster.http_port", "cluster.region", "apps.shop.databse", "aps", "apps.shop.env.A.b"]
)
def test_a_key_that_does_not_exist_is_none(key: str) -> None:
    assert schema.field(keys.parse(key), "kind") is None


def test_the_type_of_the_cluster_decides_its_keys() -> None:
    assert schema.field(("cluster", "region"), "eks") is not None
    assert "region" in schema.names(("cluster",), "eks")
    assert schema.cluster_type({"cluster": {"type": "eks"}}) == "eks"
    assert schema.cluster_type({"cluster": "eks"}) == schema.cluster_type({"cluster": {"type": "kidn"}}) == "kind"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("cluster.http_port", "cluster.httpPort"),
        ("cluster.http-port", "cluster.httpPort"),
        ("cluster.wrkers", "cluster.workers"),
        ("apps.shop.instances", "apps.shop.database.instances"),
        ("apps.shop.database.max_connections", "apps.shop.database.parameters.max_connections"),
        ("apps.shop.replicas.port", "apps.shop.port"),
    ],
)
def test_the_setting_that_was_meant_is_found(key: str, meant: str) -> None:
    assert keys.parse(meant) in [*schema.meant(keys.parse(key), "kind")]


def test_a_setting_with_few_values_has_choices() -> None:
    assert schema.choices(schema.field(("monitoring", "profile"), "kind")) == ["light", "full", "off"]
    assert schema.choices(schema.field(("cluster", "name"), "kind")) == []
