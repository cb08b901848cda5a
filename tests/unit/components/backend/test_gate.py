"""The database gate: the differences that it finds, its messages and its time limit, on a fake client."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from components.backend import gate
from components.shared import failures
from pocdeploy.config import Database
from pocdeploy.kube.client import ApiError
from tests.unit.components.hooks import NO_CLUSTER, capture_hooks, capture_log

SPECIFIED = Database(instances=2, version=17, image="postgres:17.5", parameters={"max_connections": "200"})


def cluster(**status: Any) -> dict[str, Any]:
    return {
        "spec": {
            "instances": 2,
            "imageName": "postgres:17.5",
            "postgresql": {"parameters": {**SPECIFIED.all_parameters, "by_the_operator": "on"}},
        },
        "status": {
            "currentPrimary": "polls-db-1",
            "targetPrimary": "polls-db-1",
            "readyInstances": 2,
            "phase": gate.HEALTHY,
            # Still from the earlier specification.
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


def claim(role: str, capacity: str | None) -> dict[str, Any]:
    status = {"capacity": {"storage": capacity}} if capacity else {}
    return {"metadata": {"name": "polls-db-1", "labels": {"cnpg.io/pvcRole": role}}, "status": status}


PODS = [pod(1), pod(2)]
CLAIMS = [claim("PG_DATA", "1Gi")]


def test_database_as_specified_has_no_difference() -> None:
    assert gate.differences(cluster(), PODS, SPECIFIED) == []


@pytest.mark.parametrize(
    ("found", "pods", "missing"),
    [
        (cluster(), [pod(1), pod(2, image="postgres:17.4")], "polls-db-2 to run postgres:17.5"),
        (cluster(), [pod(1)], "2 ready instances, there are 1 of 1"),
        (cluster(), [*PODS, pod(3)], "2 ready instances, there are 3 of 3"),  # one too many, still
        (cluster(), [pod(1), pod(2, ready="False")], "2 ready instances, there are 1 of 2"),
        (cluster(), [pod(1), pod(2, deletionTimestamp="now")], "2 ready instances, there are 1 of 2"),
        (cluster(targetPrimary="polls-db-2"), PODS, "a primary (current: polls-db-1, target: polls-db-2)"),
        (cluster(currentPrimary=None), PODS, "a primary (current: None"),
        (cluster(currentPrimary="polls-db-9", targetPrimary="polls-db-9"), PODS, "the primary polls-db-9 to be ready"),
        (cluster(phase="Upgrading cluster", phaseReason="x"), PODS, "the operator, which reports: Upgrading cluster x"),
        (cluster(readyInstances=1), PODS, "the operator"),
    ],
)
def test_difference_is_found_despite_a_stale_condition(found: dict[str, Any], pods: list[Any], missing: str) -> None:
    assert [line for line in gate.differences(found, pods, SPECIFIED) if missing in line]


@pytest.mark.parametrize(
    ("key", "value", "missing"),
    [
        ("instances", 3, "the Cluster to have instances 2"),
        ("imageName", "postgres:16", "the Cluster to have imageName postgres:17.5"),
        ("postgresql", {}, "the Cluster to have max_connections = 200"),
        ("postgresql", {}, "the Cluster to have max_wal_size = 128MB"),
    ],
)
def test_specification_not_yet_in_the_cluster_is_found(key: str, value: Any, missing: str) -> None:
    found = cluster()
    found["spec"][key] = value

    assert missing in gate.differences(found, PODS, SPECIFIED)


@pytest.mark.parametrize(
    ("claims", "missing"),
    [
        ([claim("PG_DATA", "1Gi"), claim("PG_WAL", "2Gi")], []),
        ([claim("PG_DATA", "1024Mi"), claim("PG_WAL", "3Gi")], []),
        ([claim("PG_DATA", "512Mi")], ["the volume polls-db-1 to have 1Gi, it has 512Mi"]),
        ([claim("PG_DATA", "1Gi"), claim("PG_WAL", "1Gi")], ["the volume polls-db-1 to have 2Gi, it has 1Gi"]),
        ([claim("PG_DATA", None)], ["the volume polls-db-1 to have 1Gi, it has 0"]),
    ],
)
def test_volumes_that_have_not_grown_are_found(claims: list[Any], missing: list[str]) -> None:
    assert gate.volumes(claims, Database(storage="1Gi", wal_storage="2Gi")) == missing


@pytest.mark.parametrize(
    ("containers", "archives", "missing"),
    [
        (["plugin-barman-cloud"], True, []),
        ([], False, []),
        (["other"], True, ["db-1 to run with the container plugin-barman-cloud"]),
        (["plugin-barman-cloud"], False, ["db-1 to run without the container plugin-barman-cloud"]),
    ],
)
def test_instances_archive_as_specified(containers: list[str], archives: bool, missing: list[str]) -> None:
    spec = {"initContainers": [{"name": name} for name in containers]}
    assert gate.archivers([{"metadata": {"name": "db-1"}, "spec": spec}], archives=archives) == missing


@pytest.fixture
def run_gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that waits for a database whose API gives these answers, one after the other."""
    monkeypatch.setattr(gate, "POLL_INTERVAL", 0.0)

    def wait(
        answers: list[Any], *, timeout: float, claims: list[Any] = CLAIMS, new_operator: str | None = None
    ) -> list[str]:
        monkeypatch.setattr(gate, "TIMEOUT", timeout)
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
            if path == "/api/v1/namespaces/polls/persistentvolumeclaims":
                assert query == {"labelSelector": "cnpg.io/cluster=polls-db"}
                return {"items": claims}
            assert path == "/apis/postgresql.cnpg.io/v1/namespaces/polls/clusters/polls-db"
            return answer()

        log: list[str] = []
        client: Any = SimpleNamespace(api=lambda: SimpleNamespace(get=get))
        gate.wait(client, "polls", SPECIFIED, log.append, new_operator)
        return log

    return wait


def test_each_reason_for_waiting_is_logged_once(run_gate: Any) -> None:
    upgrading = cluster(phase="Upgrading cluster")
    log = run_gate([upgrading, upgrading, ApiError("Away", status=503), cluster()], timeout=60)

    assert log[0] == "polls-db: waiting for the operator, which reports: Upgrading cluster"
    assert "Away" in log[1]
    assert len(log) == 2


def test_gate_waits_for_the_volumes(run_gate: Any) -> None:
    with pytest.raises(gate.DatabaseNotReadyError, match=r"the volume polls-db-1 to have 1Gi, it has 512Mi"):
        run_gate([cluster()], timeout=0, claims=[claim("PG_DATA", "512Mi")])


def test_gate_waits_for_a_new_operator_with_patience(run_gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = [False, True]
    monkeypatch.setattr(gate.takeover, "has_seen", lambda *_: looked.pop(0))
    assert run_gate([cluster()] * 2, timeout=60, new_operator="cnpg-system") == [
        "polls-db: waiting for the new operator to look at it"
    ]
    looked[:] = [False] * 9
    monkeypatch.setattr(gate.takeover, "PATIENCE", 0.0)
    assert run_gate([cluster()], timeout=60, new_operator="cnpg-system") == []
    assert run_gate([cluster()], timeout=60) == []


def test_gate_ends_at_its_timeout(run_gate: Any) -> None:
    with pytest.raises(gate.DatabaseNotReadyError, match="Upgrading cluster") as error:
        run_gate([cluster(phase="Upgrading cluster")], timeout=0)

    assert error.value.findings[0].fix == "kubectl --namespace polls describe cluster polls-db"


def test_database_that_is_not_ready_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks, errors = capture_hooks(monkeypatch), capture_log(monkeypatch)
    monkeypatch.setattr(failures, "explanation", lambda *what: f"{what[1]} {what[2]} {what[3]}")

    def wait(*_: Any, **__: Any) -> None:
        raise gate.DatabaseNotReadyError([])

    monkeypatch.setattr(gate, "wait", wait)
    gate.hook("verified", NO_CLUSTER, "polls", SPECIFIED)

    with pytest.raises(gate.DatabaseNotReadyError):
        asyncio.run(hooks["verified"](None))
    assert errors == ["polls cnpg.io/cluster=polls-db polls: the database is not ready."]
