"""Issues in API objects."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.diagnostics.explain import inspect
from tests.unit.diagnostics.explain.objects import CRASHING, DONE, HEALTHY, PULLING, UNREADY, event, pod


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (CRASHING, "CrashLoopBackOff back-off 20s; ended with exit code 3 (Error)"),
        (PULLING, "ErrImagePull not found"),
        (UNREADY, "runs, but its probe fails"),
    ],
)
def test_why_a_container_is_not_ready(status: dict[str, Any], reason: str) -> None:
    assert inspect.why(status) == reason


def test_healthy_containers() -> None:
    waits = {"name": "web", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
    works = {"name": "wait-for-database", "ready": False, "state": {"running": {}}}

    assert inspect.failing(pod(HEALTHY)) == []
    assert inspect.failing(pod(DONE)) == []
    assert inspect.failing(pod(waits, init=(works,))) == []


def test_a_pod_that_is_being_deleted_is_no_issue() -> None:
    deleted = pod(CRASHING)
    deleted["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert list(inspect.pod_issues(deleted, [], {}, "kubectl")) == []


def test_a_failing_init_container() -> None:
    refused = {"name": "check-migrations", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}

    assert [status["name"] for status in inspect.failing(pod(init=(refused,)))] == ["check-migrations"]


def test_an_unschedulable_pod() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/4 nodes are available: 4 Insufficient cpu."}
    (issue,) = inspect.pod_issues(pod(conditions=[condition]), [], {}, "kubectl")

    assert issue.what.startswith("cannot be scheduled: 0/4 nodes")
    assert issue.cause == "unschedulable: no node has enough free cpu"


def test_an_evicted_pod() -> None:
    message = "The node was low on resource: ephemeral-storage."
    (issue,) = inspect.pod_issues(pod(phase="Failed", reason="Evicted", message=message), [], {}, "kubectl")

    assert issue.what == f"Evicted {message}"
    assert (issue.cause or "").startswith("out of disk")


@pytest.mark.parametrize(("code", "cause"), [(3, "crash loop"), (137, "probe"), (143, "probe")])
def test_probes_do_not_count_if_the_program_ended_itself(code: int, cause: str) -> None:
    status = {**CRASHING, "lastState": {"terminated": {"exitCode": code, "reason": "Error"}}}
    events = ["Unhealthy: Startup probe failed: connection refused"]
    (issue,) = inspect.pod_issues(pod(status), events, {}, "kubectl")

    assert (issue.cause or "").startswith(cause)


def test_events_are_ordered_each_once_and_only_warnings() -> None:
    events = [
        event("Pod", "a", "BackOff", "back-off", at="3"),
        event("Pod", "a", "Failed", "pull", at="1"),
        event("Pod", "a", "BackOff", "back-off", at="2"),
        event("Pod", "a", "Scheduled", "to node", at="0", type_="Normal"),
    ]

    assert inspect.events_by_object(events) == {"Pod/a": ["Failed: pull", "BackOff: back-off"]}
