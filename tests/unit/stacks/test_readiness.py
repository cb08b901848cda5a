"""A part that does not serve is named; a status from before a restart does not count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pocdeploy.stacks import readiness
from pocdeploy.stacks.readiness import LEASES, Restart
from tests.unit.fakes import FakeApi
from tests.unit.stacks.stopped import PODS, READY, broken, running

SINCE = datetime(2025, 12, 31, tzinfo=UTC).timestamp()
OLD = "2025-12-30T00:00:00Z"
STALE = {**READY, "containerStatuses": [{"state": {"running": {"startedAt": OLD}}}]}
ALL = Restart(since=SINCE, containers=("shop-registry", "shop-control-plane", "shop-worker"))
WORKER = Restart(since=SINCE, containers=("shop-worker",))


def missing(api: FakeApi, restart: Restart | None = None) -> str | None:
    """Return the first part that does not serve, in the order of resume."""

    def parts() -> Iterator[str | None]:
        yield readiness.api_missing(api)
        yield readiness.nodes_missing(api, 2, restart)
        yield readiness.database_missing(api, "polls", restart)
        yield readiness.application_missing(api, "polls", restart)

    return next(filter(None, parts()), None)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("nothing", None),
        ("no answer", "an answer (connection refused)"),
        ("own checks", "its own checks to pass"),
        ("node", "shop-worker to be ready"),
        ("node missing", "1 more nodes"),
        ("primary", "the primary polls-db-1"),
        ("replica", "1 of 2 instances of polls-db"),
        ("phase", "polls-db: Failing over"),
        ("pods", "1 of 2 pods of polls"),
        ("old status", "polls to be looked at"),
    ],
)
def test_the_part_that_does_not_serve_is_named(what: str, expected: str | None) -> None:
    assert missing(broken(what)) == expected


@pytest.mark.parametrize(
    ("what", "expected"),
    [("node", "shop-worker to be ready"), ("database", "the primary polls-db-1"), ("application", "web to be ready")],
)
def test_a_status_from_before_the_restart_does_not_count(what: str, expected: str) -> None:
    """For some seconds after the start the API shows nodes and pods as they were when they stopped."""
    api = running()
    match what:
        case "node":
            api.objects[f"{LEASES}/shop-worker"]["spec"]["renewTime"] = OLD
        case "database":
            api.objects[f"{PODS}/polls-db-1"]["status"] = STALE
        case "application":
            owner = {"ownerReferences": [{"kind": "ReplicaSet"}], "labels": {}}
            api.add(PODS, "web", metadata=owner, spec={"nodeName": "shop-worker"}, status=STALE)
    assert missing(api) is None
    assert missing(api, ALL) == expected


def test_pods_on_nodes_that_never_stopped_count_as_they_are() -> None:
    api = running()
    api.objects[f"{PODS}/polls-db-1"] |= {"status": STALE, "spec": {"nodeName": "shop-control-plane"}}
    assert missing(api, WORKER) is None
