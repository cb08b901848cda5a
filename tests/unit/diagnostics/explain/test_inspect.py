"""Issues in API objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pocdeploy.diagnostics.explain import inspect
from tests.unit.diagnostics.explain.objects import CRASHING, UNREADY, event, pod


def test_a_pod_that_is_being_deleted_is_no_issue() -> None:
    deleted = pod(CRASHING)
    deleted["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert list(inspect.pod_issues(deleted, [], {}, "kubectl")) == []


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


def test_a_gated_pod_is_no_issue() -> None:
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": "gates"}

    assert list(inspect.pod_issues(pod(conditions=[gated]), [], {}, "kubectl")) == []


CREATING = {"name": "web", "ready": False, "state": {"waiting": {"reason": "ContainerCreating"}}}


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        ('FailedMount: MountVolume.SetUp failed for volume "x": secret "shop" not found', "configuration: a Secret"),
        ("FailedAttachVolume: Multi-Attach error for volume", "volume: the node cannot attach"),
        ("FailedCreatePodSandBox: no IP addresses available in range", "network: the node cannot give"),
        ("Scheduled: assigned", None),
    ],
)
def test_a_container_that_cannot_start_is_an_issue(event: str, cause: str | None) -> None:
    found = list(inspect.pod_issues(pod(CREATING), [event], {}, "kubectl"))

    assert [str(issue.cause).startswith(str(cause)) for issue in found] == ([True] if cause else [])


def test_the_path_that_a_probe_asks_is_named() -> None:
    unready = pod(UNREADY)
    unready["spec"] = {"containers": [{"name": "web", "readinessProbe": {"httpGet": {"path": "/up", "port": 8000}}}]}
    events = ["Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 400"]
    (issue,) = inspect.pod_issues(unready, events, {}, "kubectl")

    assert str(issue.cause).startswith("probe: the container answers 400 at /up on port 8000; ")


NOW = datetime(2026, 1, 1, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "what"),
    [
        ({"active": 1, "startTime": "2026-01-01T00:00:00Z"}, "has been running for 120 s of at most 600 s"),
        ({"active": 1, "startTime": "2026-01-01T00:01:30Z"}, None),
        ({"succeeded": 1, "startTime": "2026-01-01T00:00:00Z"}, None),
    ],
)
def test_a_job_that_waits_is_named(status: dict[str, Any], what: str | None) -> None:
    job = {
        "metadata": {"name": "migrate", "namespace": "polls"},
        "spec": {"activeDeadlineSeconds": 600},
        "status": status,
    }
    found = inspect.job_issues([job], "kubectl", NOW)

    assert [issue.where for issue in found] == (["job polls/migrate"] if what else [])
    assert all(issue.what.startswith(str(what)) for issue in found)
    assert all(issue.look == "kubectl --namespace polls logs job/migrate --all-containers --tail 20" for issue in found)


@pytest.mark.parametrize(
    ("phase", "annotations", "count"),
    [
        ("Cluster in healthy state", {}, 0),
        ("Waiting for the instances to become active", {}, 1),
        ("Waiting for the instances to become active", {"cnpg.io/hibernation": "on"}, 0),
    ],
)
def test_a_database_that_waits_is_named(phase: str, annotations: dict[str, str], count: int) -> None:
    status = {"phase": phase, "phaseReason": "polls-db-2", "readyInstances": 1}
    metadata = {"name": "polls-db", "namespace": "polls", "annotations": annotations}
    found = inspect.database_issues([{"metadata": metadata, "spec": {"instances": 3}, "status": status}], "kubectl")

    assert [issue.what for issue in found] == [f"{phase}; polls-db-2; 1 of 3 instances ready"] * count
