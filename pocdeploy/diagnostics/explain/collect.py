"""Collect the issues of a namespace from a cluster's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pocdeploy.diagnostics.explain import containers, inspect
from pocdeploy.diagnostics.explain.report import Issue, Report
from pocdeploy.kube.client import ApiError, KubeClient
from pocdeploy.redact import Mask, values_of

LOG_LINES = 20


def collect(
    client: KubeClient,
    namespace: str,
    *,
    selector: str = "",
    kubectl: str = "kubectl",
    deleted: str | None = None,
    restarted: bool = False,
) -> Report:
    """Return the issues of a namespace's pods and volume claims, with every value of its Secrets masked.

    Args:
        client: the cluster.
        namespace: the namespace.
        selector: labels of the pods; all pods if empty.
        kubectl: how kubectl is called in the commands that are suggested.
        deleted: prefix of the names of deleted pods to report from their events: a failed chart is uninstalled with
            its pods. None for no deleted pods.
        restarted: report containers that run again after their end, too: a process without a probe looks healthy
            between two failures.

    Raises:
        ApiError: a request to the cluster failed.
    """
    path = f"/api/v1/namespaces/{namespace}"
    mask = Mask(values_of(client.items(f"{path}/secrets")))
    pods = client.items(f"{path}/pods", **({"labelSelector": selector} if selector else {}))
    events = inspect.events_by_object(client.items(f"{path}/events"))
    claims = client.items(f"{path}/persistentvolumeclaims")
    jobs = _allowed(client, f"/apis/batch/v1/namespaces/{namespace}/jobs")
    issues: list[Issue] = []
    skipped = containers.replaced(pods, jobs)
    for pod in pods:
        if pod["metadata"]["name"] in skipped:
            continue
        about = events.get(f"Pod/{pod['metadata']['name']}", [])
        issues += inspect.pod_issues(pod, about, _logs(client, pod, restarted=restarted), kubectl, restarted=restarted)
    if not selector or not pods:
        issues += inspect.owner_issues(_without_owners(events, pods), namespace, kubectl)
    if deleted is not None:
        present = {pod["metadata"]["name"] for pod in pods}
        issues += inspect.deleted_pod_issues(events, present, deleted, namespace, kubectl)
    issues += inspect.claim_issues(claims, events, kubectl)
    if not selector:
        clusters = _allowed(client, f"/apis/postgresql.cnpg.io/v1/namespaces/{namespace}/clusters")
        issues += inspect.database_issues(clusters, kubectl)
        if not issues:  # a Job waits for what fails
            issues += inspect.job_issues(jobs, kubectl, datetime.now(UTC))
    return Report(subject=namespace, issues=tuple(_masked(issue, mask) for issue in issues))


def _allowed(client: KubeClient, path: str) -> list[dict[str, Any]]:
    """Return the objects of a collection; none if this user may not read it: the pods still tell most."""
    try:
        return client.items(path)
    except ApiError as error:
        if error.status == 403:
            return []
        raise


def _without_owners(events: inspect.Events, pods: list[dict[str, Any]]) -> inspect.Events:
    """Leave out events of the pods' owners: events outlive their cause, and the owner has created pods since."""
    owners = {owner["name"] for pod in pods for owner in pod["metadata"].get("ownerReferences") or []}
    return {about: texts for about, texts in events.items() if about.partition("/")[2] not in owners}


def _logs(client: KubeClient, pod: Mapping[str, Any], *, restarted: bool) -> inspect.Logs:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/log"
    found: dict[tuple[str, bool], tuple[str, ...]] = {}
    for status in containers.failing(pod, restarted=restarted):
        # While a container waits for its restart, its log is still that of the run that failed.
        is_restarted = "running" in status.get("state", {}) and status.get("lastState", {}).get("terminated")
        for previous in (False, True) if is_restarted else (False,):
            query = {"tailLines": str(LOG_LINES), "previous": str(previous).lower()}
            try:
                text = client.text(path, container=status["name"], **query)
            except ApiError as error:
                if error.status is None:
                    raise
                continue  # a container that never started has no log
            found[status["name"], previous] = tuple(text.splitlines())
    return found


def _masked(issue: Issue, mask: Mask) -> Issue:
    return replace(
        issue,
        what=mask(issue.what),
        log=tuple(map(mask, issue.log)),
        previous_log=tuple(map(mask, issue.previous_log)),
        events=tuple(map(mask, issue.events)),
    )
