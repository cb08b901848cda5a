"""Find the issues in API objects, as plain dicts. Nothing here sends requests to a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pocdeploy.diagnostics.explain.causes import probable
from pocdeploy.diagnostics.explain.report import Issue

MAX_EVENTS = 6
"""Events that are shown of each object."""
Logs = Mapping[tuple[str, bool], tuple[str, ...]]
"""(container, whether it is the previous run) -> last lines."""
Events = Mapping[str, list[str]]
"""``Kind/name`` -> texts of its events, oldest first."""
KILLED = (137, 143)
"""Exit codes of a program that was ended from outside, as Kubernetes does after a failed probe."""


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
        return bool(ended["exitCode"] == 0)
    if status.get("ready"):
        return True
    waiting = status.get("state", {}).get("waiting") or {}
    running_init = init and "running" in status.get("state", {}) and not status.get("lastState", {}).get("terminated")
    return waiting.get("reason") in ("PodInitializing", "ContainerCreating") or running_init


def why(status: Mapping[str, Any]) -> str:
    """Return why a container is not ready, from its status in the pod."""
    waiting = status.get("state", {}).get("waiting")
    ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated")
    parts = [" ".join(filter(None, [waiting.get("reason"), waiting.get("message")]))] if waiting else []
    if ended:
        parts.append(f"ended with exit code {ended['exitCode']} ({ended.get('reason', 'no reason given')})")
    return "; ".join(parts) or "runs, but its probe fails"


def failing(pod: Mapping[str, Any], *, restarted: bool = False) -> list[dict[str, Any]]:
    """Return the statuses of the containers that are not healthy; with ``restarted`` also of those that had ended."""
    if pod["metadata"].get("deletionTimestamp"):
        return []
    return [
        status
        for init, status in container_statuses(pod)
        if not is_healthy(status, init=init) or (restarted and status.get("lastState", {}).get("terminated"))
    ]


def pod_issues(
    pod: Mapping[str, Any], events: list[str], logs: Logs, kubectl: str, *, restarted: bool = False
) -> Iterator[Issue]:
    """Yield an issue for each container that `failing` returns, and if the pod cannot be scheduled or was evicted."""
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    where = f"pod {namespace}/{name}"
    common: dict[str, Any] = {
        "events": tuple(events[-MAX_EVENTS:]),
        "look": f"{kubectl} --namespace {namespace} describe pod {name}",
    }
    found = failing(pod, restarted=restarted)
    for status in found:
        container = status["name"]
        what = why(status)
        now, before = (logs.get((container, previous), ()) for previous in (False, True))
        yield Issue(
            where=f"{where}, container {container}",
            what=what,
            cause=_cause(status, what, events, [*before, *now]),
            log=now,
            previous_log=before,
            **common,
        )
    if pod["metadata"].get("deletionTimestamp"):
        return
    for condition in pod.get("status", {}).get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            what = f"cannot be scheduled: {condition.get('message', '')}"
            yield Issue(where=where, what=what, cause=probable([what, *events, "Unschedulable"]), **common)
    if not found and pod.get("status", {}).get("phase") == "Failed":
        what = " ".join(filter(None, (pod["status"].get("reason"), pod["status"].get("message")))) or "failed"
        yield Issue(where=where, what=what, cause=probable([what, *events]), **common)


def _cause(status: Mapping[str, Any], what: str, events: list[str], log: list[str]) -> str | None:
    """Return the probable cause: the state of the container itself counts more than events and log."""
    if "OOMKilled" in what:
        return probable([what])
    ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated") or {}
    if ended.get("exitCode") not in (None, 0, *KILLED):
        # A program that ends by itself fails its probes, too.
        events = [it for it in events if "probe failed" not in it]
    return probable([what, *events, *log])


def claim_issues(claims: Iterable[Mapping[str, Any]], events: Events, kubectl: str) -> list[Issue]:
    """Return an issue for each volume claim that waits for a volume."""
    issues = []
    for claim in claims:
        name, namespace = claim["metadata"]["name"], claim["metadata"]["namespace"]
        texts = events.get(f"PersistentVolumeClaim/{name}", [])
        # A claim that waits for its first pod is no issue.
        if claim.get("status", {}).get("phase") == "Pending" and not any("WaitForFirstConsumer" in it for it in texts):
            issues.append(
                Issue(
                    where=f"volume claim {namespace}/{name}",
                    what="is Pending",
                    cause=probable(["PersistentVolumeClaim is Pending"]),
                    events=tuple(texts[-MAX_EVENTS:]),
                    look=f"{kubectl} --namespace {namespace} describe persistentvolumeclaim {name}",
                )
            )
    return issues


def owner_issues(events: Events, namespace: str, kubectl: str) -> list[Issue]:
    """Return what stops controllers from creating pods: quota, admission, webhooks. Only events tell it."""
    issues = []
    for about, texts in events.items():
        kind, _, name = about.partition("/")
        refused = [it for it in texts if it.startswith("FailedCreate")]
        if kind != "Pod" and refused:
            issues.append(
                Issue(
                    where=f"{kind} {namespace}/{name}",
                    what=refused[-1],
                    cause=probable(refused),
                    events=tuple(texts[-MAX_EVENTS:]),
                    look=f"{kubectl} --namespace {namespace} describe {kind.lower()} {name}",
                )
            )
    return issues


def deleted_pod_issues(
    events: Events, present: Collection[str], prefix: str, namespace: str, kubectl: str
) -> list[Issue]:
    """Return an issue for each deleted pod that has events and whose name begins with ``prefix``."""
    issues = []
    for about, texts in events.items():
        kind, _, name = about.partition("/")
        if kind == "Pod" and name.startswith(prefix) and name not in present:
            issues.append(
                Issue(
                    where=f"deleted pod {namespace}/{name}",
                    what=texts[-1],
                    cause=probable(texts),
                    events=tuple(texts[-MAX_EVENTS:]),
                    look=f"{kubectl} --namespace {namespace} events --for pod/{name}",
                )
            )
    return issues


def events_by_object(events: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return ``Kind/name`` -> its warnings, and of a volume claim all events, oldest first, each text once."""
    ordered = sorted(events, key=lambda it: str(it.get("lastTimestamp") or it.get("eventTime") or ""))
    found: dict[str, list[str]] = {}
    for event in ordered:
        about = event.get("involvedObject") or {}
        if event.get("type") == "Normal" and about.get("kind") != "PersistentVolumeClaim":
            continue
        text = f"{event.get('reason', '')}: {' '.join(str(event.get('message', '')).split())}"
        texts = found.setdefault(f"{about.get('kind')}/{about.get('name')}", [])
        if text in texts:
            texts.remove(text)
        texts.append(text)
    return found
