"""The hosts that pods answer to while the host is changed, and the route that follows them."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.release import hosts
from tests.unit.release.fake_cluster import INGRESS, FakeCluster


def spec(allowed: str | None) -> dict[str, Any]:
    env = [{"name": "PORT", "value": "8000"}]
    if allowed is not None:
        env.append({"name": "ALLOWED_HOSTS", "value": allowed})
    return {"template": {"spec": {"containers": [{"env": env}]}}}


@pytest.mark.parametrize(
    ("deployed", "host", "previous"),
    [
        (None, "a", None),  # a new stack
        ("a", "a", None),
        ("a", "b", "a"),
        ("b,a", "b", "a"),  # the next `up` without a change
        ("b,a", "c", "b"),
        ("b,a", "a", "b"),
    ],
)
def test_host_before_the_current_one(deployed: str | None, host: str, previous: str | None) -> None:
    assert hosts.previous([host], spec(deployed) if deployed else None) == previous


def ingress(host: str) -> dict[str, Any]:
    applied = {"manager": "pulumi-1", "operation": "Apply", "fieldsV1": {"f:spec": {"f:rules": {}}}}
    metadata = {"name": "polls", "namespace": "polls", "uid": "u", "managedFields": [applied]}
    rules = [{"host": host, "http": {"paths": [{"path": "/"}]}}]
    return {"metadata": metadata, "spec": {"ingressClassName": "traefik", "rules": rules}}


@pytest.mark.parametrize(
    ("routed", "allowed", "applied"),
    [("new", "old", "old"), ("old", "new,old", "new"), ("new", "new,old", None), ("new", None, None)],
    ids=["rolled back", "rolled forward", "the same", "unknown"],
)
def test_route_follows_the_pods(routed: str, allowed: str | None, applied: str | None) -> None:
    cluster: Any = FakeCluster(1, [], [])
    cluster.ingress = ingress(routed)
    hosts.route(cluster, "polls", "polls", spec(allowed)["template"])
    (body,) = cluster.applied_ingress or [None]

    assert (body and body["spec"]["rules"]) == (ingress(applied)["spec"]["rules"] if applied else None)
    assert (body and body["metadata"]) == ({"name": "polls", "namespace": "polls"} if applied else None)


def test_application_without_a_route_is_left_alone() -> None:
    cluster: Any = FakeCluster(1, [], [])
    hosts.route(cluster, "polls", "polls", spec("old")["template"])

    assert cluster.get_or_none(INGRESS) is None
    assert cluster.applied_ingress == []
