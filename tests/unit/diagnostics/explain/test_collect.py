"""Issues of a namespace, collected from a cluster's API."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pocdeploy.diagnostics.explain import Issue, collect
from pocdeploy.kube.client import ApiError
from pocdeploy.redact import MASKED
from tests.unit.diagnostics.explain.objects import CRASHING, HEALTHY, event, pod
from tests.unit.fakes import FakeApi

NAMESPACE = "/api/v1/namespaces/polls"
LOG = f"{NAMESPACE}/pods/polls-1/log"


def cluster(*pods: dict[str, Any], events: tuple[dict[str, Any], ...] = ()) -> FakeApi:
    api = FakeApi(texts={LOG: "Traceback\nValueError: password is hunter2-hunter2\n", f"{LOG}?previous": "before\n"})
    for each in pods:
        api.objects[f"{NAMESPACE}/pods/{each['metadata']['name']}"] = each
    for number, each in enumerate(events):
        api.objects[f"{NAMESPACE}/events/{number}"] = each
    return api


def issues(api: FakeApi, **options: Any) -> tuple[Issue, ...]:
    return collect(api, "polls", **options).issues


def test_a_crash_with_its_log_and_without_secrets() -> None:
    api = cluster(pod(CRASHING), events=(event("Pod", "polls-1", "BackOff", "for hunter2-hunter2"),))
    data = {"password": base64.b64encode(b"hunter2-hunter2").decode(), "username": "YWRtaW4="}
    api.add(f"{NAMESPACE}/secrets", "polls-db-app", data=data)

    (issue,) = issues(api, selector="app=polls")

    assert issue.where == "pod polls/polls-1, container web"
    assert issue.log == ("Traceback", f"ValueError: password is {MASKED}")
    assert issue.previous_log == ()  # the log of a container that waits is still that of the run that failed
    assert issue.events == (f"BackOff: for {MASKED}",)
    assert issue.look == "kubectl --namespace polls describe pod polls-1"
    assert (issue.cause or "").startswith("crash loop")
    read = [query for path, query in api.queries if path == LOG]
    assert read == [{"container": "web", "tailLines": "20", "previous": "false"}]
    assert (f"{NAMESPACE}/pods", {"labelSelector": "app=polls"}) in api.queries


def test_only_pods_with_the_labels_are_explained() -> None:
    assert issues(cluster(pod(CRASHING)), selector="app=other") == ()


def test_a_restarted_container_has_the_log_of_its_previous_run() -> None:
    (issue,) = issues(cluster(pod({**CRASHING, "state": {"running": {}}})))

    assert issue.previous_log == ("before",)
    assert issue.log[0] == "Traceback"


@pytest.mark.parametrize("restarted", [True, False])
def test_a_process_that_runs_again_is_explained_on_request(restarted: bool) -> None:
    """It has no probe, so it looks healthy between two failures."""
    found = issues(cluster(pod({**CRASHING, "ready": True, "state": {"running": {}}})), restarted=restarted)

    assert [issue.previous_log for issue in found] == ([("before",)] if restarted else [])


def test_a_container_that_never_started_has_no_log() -> None:
    api = cluster(pod(CRASHING))
    api.texts = {}

    assert [issue.log for issue in issues(api)] == [()]


def test_quota_and_admission_where_there_is_no_pod() -> None:
    refused = event("ReplicaSet", "polls-rs", "FailedCreate", "pods is forbidden: exceeded quota: small")

    (issue,) = issues(cluster(events=(refused,)), selector="app=polls")

    assert issue.where == "ReplicaSet polls/polls-rs"
    assert (issue.cause or "").startswith("quota")


def test_an_older_refusal_is_not_shown_if_there_are_pods_now() -> None:
    refused = event("ReplicaSet", "polls-rs", "FailedCreate", "exceeded quota: small")

    assert issues(cluster(pod(HEALTHY), events=(refused,))) == ()


def test_deleted_pods_are_known_by_their_events() -> None:
    events = (
        event("Pod", "traefik-1", "Failed", "Failed to pull image: 404 not found"),
        event("Pod", "other-1", "Failed", "Failed to pull image: 404 not found"),
        event("Pod", "polls-1", "Unhealthy", "not yet"),  # still exists, and is healthy now
    )
    api = cluster(pod(HEALTHY), events=events)

    (issue,) = issues(api, deleted="traefik")

    assert issue.where == "deleted pod polls/traefik-1"
    assert (issue.cause or "").startswith("image pull: the registry has no such image")
    assert issue.look == "kubectl --namespace polls events --for pod/traefik-1"
    assert issues(api) == ()
    assert len(issues(api, deleted="")) == 2


@pytest.mark.parametrize(("reason", "count"), [("no persistent volumes available", 1), ("WaitForFirstConsumer", 0)])
def test_a_claim_without_a_volume(reason: str, count: int) -> None:
    api = cluster(events=(event("PersistentVolumeClaim", "db-1", reason, "x", type_="Normal"),))
    api.add(f"{NAMESPACE}/persistentvolumeclaims", "db-1", status={"phase": "Pending"})

    assert len(issues(api)) == count


@pytest.mark.parametrize("status", [403, None])
def test_a_failed_request(monkeypatch: pytest.MonkeyPatch, status: int | None) -> None:
    def refuse(path: str, **_: str) -> Any:
        raise ApiError("Forbidden", status=status)

    api = cluster(pod(CRASHING))
    # Without a response the log of a container is an error, too.
    monkeypatch.setattr(api, "get" if status else "text", refuse)
    with pytest.raises(ApiError, match="Forbidden"):
        issues(api)


def test_a_replaced_pod_is_left_out() -> None:
    failed = pod(CRASHING, phase="Failed")
    failed["metadata"] = {**failed["metadata"], "name": "polls-0"}

    assert issues(cluster(failed, pod(HEALTHY, phase="Running"))) == ()


@pytest.mark.parametrize(("pods", "names"), [((), ["job polls/migrate"]), ((pod(CRASHING),), ["pod polls/polls-1, "])])
def test_a_job_is_only_named_if_nothing_else_is(pods: tuple[dict[str, Any], ...], names: list[str]) -> None:
    api = cluster(*pods)
    status = {"active": 1, "startTime": "2026-01-01T00:00:00Z"}
    api.add("/apis/batch/v1/namespaces/polls/jobs", "migrate", status=status)

    assert [issue.where.partition("container")[0] for issue in issues(api)] == names


def test_a_database_that_waits_is_in_the_report() -> None:
    api = cluster()
    api.add("/apis/postgresql.cnpg.io/v1/namespaces/polls/clusters", "polls-db", status={"phase": "Failing over"})

    assert [issue.where for issue in issues(api)] == ["database polls/polls-db"]
