"""The database gate: what it finds missing, that it says so, and that it ends; on a fake of the client."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components.backend import gate
from components.shared import explained
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Database
from pocdeploy.kube.client import ApiError

ASKED = Database(instances=2, version=17, image="postgres:17.5", parameters={"max_connections": "200"})


def cluster(**status: Any) -> dict[str, Any]:
    return {
        "spec": {
            "instances": 2,
            "imageName": "postgres:17.5",
            "postgresql": {"parameters": {"max_connections": "200", "by_the_operator": "on"}},
        },
        "status": {
            "currentPrimary": "polls-db-1",
            "targetPrimary": "polls-db-1",
            "readyInstances": 2,
            "phase": gate.HEALTHY,
            # As it stands there while nothing of the new specification is in force.
            "conditions": [{"type": "Ready", "status": "True"}],
            **status,
        },
    }


def pod(number: int, *, image: str = "postgres:17.5", ready: str = "True", **metadata: str) -> dict[str, Any]:
    return {
        "metadata": {"name": f"polls-db-{number}", **metadata},
        "spec": {"containers": [{"name": "postgres", "image": image}]},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


PODS = [pod(1), pod(2)]


def test_a_database_that_is_as_asked_misses_nothing() -> None:
    assert gate.differences(cluster(), PODS, ASKED) == []


@pytest.mark.parametrize(
    ("found", "pods", "missing"),
    [
        (cluster(), [pod(1), pod(2, image="postgres:17.4")], "polls-db-2 to run postgres:17.5"),
        (cluster(), [pod(1)], "2 ready instances, there are 1 of 1"),
        (cluster(), [*PODS, pod(3)], "2 ready instances, there are 3 of 3"),  # one too many, still
        (cluster(), [pod(1), pod(2, ready="False")], "2 ready instances, there are 1 of 2"),
        (cluster(), [pod(1), pod(2, deletionTimestamp="now")], "2 ready instances, there are 1 of 2"),
        (cluster(targetPrimary="polls-db-2"), PODS, "a primary (current: polls-db-1, wanted: polls-db-2)"),
        (cluster(currentPrimary=None), PODS, "a primary (current: None"),
        (cluster(currentPrimary="polls-db-9", targetPrimary="polls-db-9"), PODS, "the primary polls-db-9 to serve"),
        (cluster(phase="Upgrading cluster", phaseReason="x"), PODS, "the operator, which says: Upgrading cluster x"),
        (cluster(readyInstances=1), PODS, "the operator"),
    ],
)
def test_a_stale_condition_fools_nobody(found: dict[str, Any], pods: list[Any], missing: str) -> None:
    assert [line for line in gate.differences(found, pods, ASKED) if missing in line]


@pytest.mark.parametrize(
    ("key", "value", "missing"),
    [
        ("instances", 3, "the Cluster to have instances 2"),
        ("imageName", "postgres:16", "the Cluster to have imageName postgres:17.5"),
        ("postgresql", {}, "the Cluster to have max_connections = 200"),
    ],
)
def test_a_specification_that_did_not_arrive_is_seen(key: str, value: Any, missing: str) -> None:
    found = cluster()
    found["spec"][key] = value

    assert missing in gate.differences(found, PODS, ASKED)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that waits for a database, given what the API answers one time after the other."""
    monkeypatch.setattr(gate, "POLL_INTERVAL", 0.0)

    def wait(answers: list[Any], *, timeout: float) -> list[str]:
        left = iter(answers)

        def answer() -> Any:
            one = next(left)
            if isinstance(one, Exception):
                raise one
            return one

        def get(path: str, **query: str) -> Any:
            if path == "/api/v1/namespaces/polls/pods":
                assert query == {"labelSelector": "cnpg.io/cluster=polls-db,cnpg.io/podRole=instance"}
                return {"items": PODS}
            assert path == "/apis/postgresql.cnpg.io/v1/namespaces/polls/clusters/polls-db"
            return answer()

        said: list[str] = []
        access: Any = SimpleNamespace(api=lambda: SimpleNamespace(get=get))
        gate.wait(access, "polls", ASKED, said.append, timeout)
        return said

    return wait


def test_it_says_once_what_it_waits_for_and_bears_an_api_that_is_away(ask: Any) -> None:
    upgrading = cluster(phase="Upgrading cluster")
    said = ask([upgrading, upgrading, ApiError("Away", status=503), cluster()], timeout=60)

    assert said[0] == "polls-db: waiting for the operator, which says: Upgrading cluster"
    assert "Away" in said[1]
    assert len(said) == 2


def test_it_never_waits_longer_than_its_timeout(ask: Any) -> None:
    with pytest.raises(gate.NotAsAskedError, match="Upgrading cluster") as error:
        ask([cluster(phase="Upgrading cluster")], timeout=0)

    assert error.value.findings[0].fix == "kubectl --namespace polls describe cluster polls-db"


def test_a_database_that_is_not_as_asked_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    errors: list[str] = []
    monkeypatch.setattr(pulumi, "ResourceHook", made.setdefault)
    monkeypatch.setattr(pulumi.log, "error", errors.append)
    monkeypatch.setattr(explained, "explanation", lambda *what: f"{what[1]} {what[2]} {what[3]}")

    def wait(*_: Any) -> None:
        raise gate.NotAsAskedError([])

    monkeypatch.setattr(gate, "wait", wait)
    gate.hook("verified", object.__new__(ClusterClient), "polls", ASKED)

    with pytest.raises(gate.NotAsAskedError):
        asyncio.run(made["verified"](None))
    assert errors == ["polls cnpg.io/cluster=polls-db polls: the database does not serve as it should."]
