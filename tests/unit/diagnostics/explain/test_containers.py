"""Which containers of a pod are not healthy, and which failed pods do not count any more."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.diagnostics.explain import containers
from tests.unit.diagnostics.explain.objects import CRASHING, DONE, HEALTHY, PULLING, UNREADY, pod

ENDED = {"name": "web", "ready": False, "state": {"terminated": {"exitCode": 143, "reason": "Error"}}}
SIDECAR = {"name": "proxy", "ready": True, "started": True, "state": {"running": {}}}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (CRASHING, "CrashLoopBackOff back-off 20s; ended with exit code 3 (Error)"),
        (PULLING, "ErrImagePull not found"),
        (UNREADY, "runs, but its probe fails"),
        ({"name": "web", "state": {"terminated": {"reason": "x"}}}, "ended with exit code unknown (x)"),
    ],
)
def test_why_a_container_is_not_ready(status: dict[str, Any], reason: str) -> None:
    assert containers.why(status) == reason


def test_healthy_containers() -> None:
    waits = {"name": "web", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
    works = {"name": "wait-for-database", "ready": False, "state": {"running": {}}}

    assert containers.failing(pod(HEALTHY)) == []
    assert containers.failing(pod(HEALTHY, init=(SIDECAR,))) == []
    assert containers.failing(pod(DONE)) == []
    assert containers.failing(pod(waits, init=(works,))) == []
    assert containers.failing(pod(DONE, init=(ENDED,), phase="Succeeded")) == []


def test_a_failing_init_container() -> None:
    refused = {"name": "check-migrations", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}

    assert [status["name"] for status in containers.failing(pod(init=(refused,)))] == ["check-migrations"]


def owned(name: str, kind: str, owner: str, *statuses: dict[str, Any], **status: Any) -> dict[str, Any]:
    made = pod(*statuses, **status)
    made["metadata"] |= {"name": name, "ownerReferences": [{"kind": kind, "name": owner}]}
    return made


def job(name: str, created: str, *, complete: bool, cron: str = "report") -> dict[str, Any]:
    owners = [{"kind": "CronJob", "name": cron}]
    condition = {"type": "Complete" if complete else "Failed", "status": "True"}
    metadata = {"name": name, "creationTimestamp": created, "ownerReferences": owners}
    return {"metadata": metadata, "status": {"conditions": [condition]}}


FIRST = owned("m-1", "Job", "migrate", {**ENDED, "name": "migrate"}, phase="Failed")
EVICTED = owned("w-1", "ReplicaSet", "web", phase="Failed", reason="Evicted")


@pytest.mark.parametrize(
    ("others", "jobs", "names"),
    [
        ([owned("m-2", "Job", "migrate", DONE, phase="Succeeded")], [], {"m-1"}),
        ([owned("m-2", "Job", "migrate", UNREADY, phase="Running")], [], set()),
        ([owned("m-2", "Job", "other", DONE, phase="Succeeded")], [], set()),
        ([owned("w-2", "ReplicaSet", "web", HEALTHY, phase="Running")], [], {"w-1"}),
        ([owned("w-2", "ReplicaSet", "web", CRASHING, phase="Running")], [], set()),
        ([], [job("migrate", "2026-01-01T00:00:00Z", complete=True)], {"m-1"}),
        ([], [job("migrate", "2026-01-01T00:00:00Z", complete=False)], set()),
        ([], [job("migrate", "1", complete=False), job("later", "2", complete=True)], {"m-1"}),
        ([], [job("migrate", "3", complete=False), job("earlier", "2", complete=True)], set()),
        ([], [job("migrate", "1", complete=False), job("later", "2", complete=True, cron="other")], set()),
    ],
)
def test_failed_pods_that_another_has_replaced(
    others: list[dict[str, Any]], jobs: list[dict[str, Any]], names: set[str]
) -> None:
    assert containers.replaced([FIRST, EVICTED, *others], jobs) == names


@pytest.mark.parametrize(
    ("probe", "text"),
    [
        ({"httpGet": {"path": "/healthz", "port": 8000}}, "at /healthz on port 8000"),
        ({"httpGet": {"port": "http"}}, "at / on port http"),
        ({"tcpSocket": {"port": 6379}}, "on port 6379"),
        ({"exec": {"command": ["true"]}}, ""),
    ],
)
def test_what_a_probe_asks(probe: dict[str, Any], text: str) -> None:
    spec = {"containers": [{"name": "proxy"}, {"name": "web", "readinessProbe": probe}]}

    assert containers.probe({"spec": spec}, "web", "Readiness") == text
    assert containers.probe({"spec": spec}, "proxy", "Readiness") == ""
