"""Tell which containers of a pod are not healthy, as a person would judge it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

STARTING = ("PodInitializing", "ContainerCreating")
"""Reasons of a container that waits for others, or for its volumes."""


def container_statuses(pod: Mapping[str, Any]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Yield the statuses of a pod's containers, each with whether it is an init container."""
    status = pod.get("status", {})
    for key in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(key) or []:
            yield key.startswith("init"), each


def is_healthy(status: Mapping[str, Any], *, init: bool) -> bool:
    """Return whether a container is ready, has ended without an error, or waits for an init container."""
    ended = status.get("state", {}).get("terminated")
    if ended is not None:
        return bool(ended.get("exitCode") == 0)
    if status.get("ready"):
        return True
    waiting = status.get("state", {}).get("waiting") or {}
    running_init = init and "running" in status.get("state", {}) and not status.get("lastState", {}).get("terminated")
    return waiting.get("reason") in STARTING or running_init


def failing(pod: Mapping[str, Any], *, restarted: bool = False) -> list[dict[str, Any]]:
    """Return the statuses of the containers that are not healthy; with ``restarted`` also of those that had ended.

    A pod that is being deleted, or has done its work, has none: Kubernetes ends its sidecars.
    """
    if pod["metadata"].get("deletionTimestamp") or pod.get("status", {}).get("phase") == "Succeeded":
        return []
    return [
        status
        for init, status in container_statuses(pod)
        if not is_healthy(status, init=init) or (restarted and status.get("lastState", {}).get("terminated"))
    ]


def why(status: Mapping[str, Any]) -> str:
    """Return why a container is not ready, from its status in the pod."""
    waiting = status.get("state", {}).get("waiting")
    ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated")
    parts = [" ".join(filter(None, [waiting.get("reason"), waiting.get("message")]))] if waiting else []
    if ended:
        code = ended.get("exitCode", "unknown")
        parts.append(f"ended with exit code {code} ({ended.get('reason', 'no reason given')})")
    return "; ".join(parts) or "runs, but its probe fails"


def probe(pod: Mapping[str, Any], container: str, kind: str) -> str:
    """Return what a probe (``Startup`` or another) asks, as ``at /health on port 8000``; empty if unknown."""
    for each in pod.get("spec", {}).get("containers") or []:
        found = each.get(f"{kind.lower()}Probe") if each.get("name") == container else None
        if found and (http := found.get("httpGet")):
            return f"at {http.get('path', '/')} on port {http.get('port')}"
        if found and (tcp := found.get("tcpSocket")):
            return f"on port {tcp.get('port')}"
    return ""


def replaced(pods: Iterable[Mapping[str, Any]], jobs: Iterable[Mapping[str, Any]] = ()) -> set[str]:
    """Return the names of failed pods that another pod has replaced: an evicted one, a first attempt of a Job.

    A failed run of a CronJob is replaced by a later one that succeeded.
    """
    pods, jobs = list(pods), list(jobs)
    successful = {name for job in jobs if _succeeded(job) for name in [job["metadata"]["name"], *_earlier(job, jobs)]}
    works = {owner for pod in pods if _works(pod) for owner in _owners(pod)}
    return {
        pod["metadata"]["name"]
        for pod in pods
        if pod.get("status", {}).get("phase") == "Failed"
        and any(owner in works or (owner[0] == "Job" and owner[1] in successful) for owner in _owners(pod))
    }


def _owners(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each.get("kind", ""), each["name"]) for each in item["metadata"].get("ownerReferences") or []]


def _works(pod: Mapping[str, Any]) -> bool:
    phase = pod.get("status", {}).get("phase")
    is_job = any(kind == "Job" for kind, _ in _owners(pod))
    return phase == "Succeeded" or (phase == "Running" and not is_job and not failing(pod))


def _succeeded(job: Mapping[str, Any]) -> bool:
    conditions = job.get("status", {}).get("conditions") or []
    return any(each["type"] == "Complete" and each["status"] == "True" for each in conditions)


def _earlier(job: Mapping[str, Any], jobs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names of the earlier Jobs of the same CronJob."""
    mine = set(_owners(job))
    began = job["metadata"].get("creationTimestamp", "")
    for each in jobs:
        if mine & set(_owners(each)) and each["metadata"].get("creationTimestamp", "") < began:
            yield each["metadata"]["name"]
