"""From plain objects, as the API gives them, to what is not well with them. Nothing here talks to a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pocdeploy.diagnostics.explain.causes import probable
from pocdeploy.diagnostics.explain.report import Issue

EVENTS = 6
"""Events that are shown of each object."""
Logs = Mapping[tuple[str, str, bool], tuple[str, ...]]
"""(pod, container, whether it is the run before) -> last lines."""


def container_statuses(pod: Mapping[str, Any]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Yield the statuses of a pod's containers, each with whether it is an init container."""
    status = pod.get("status", {})
    for key in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(key) or []:
            yield key.startswith("init"), each


def is_well(status: Mapping[str, Any], *, init: bool) -> bool:
    """Return whether a container does what it should: it is ready, has ended well, or waits for an init container."""
    ended = status.get("state", {}).get("terminated")
    if ended is not None:
        return bool(ended["exitCode"] == 0)
    if status.get("ready"):
        return True
    waiting = status.get("state", {}).get("waiting") or {}
    running_init = init and "running" in status.get("state", {}) and not status.get("lastState", {}).get("terminated")
    return waiting.get("reason") in ("PodInitializing", "ContainerCreating") or running_init


def why(status: Mapping[str, Any]) -> str:
    """Return in words why a container is not ready, from its status in the pod."""
    waiting = status.get("state", {}).get("waiting")
    ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated")
    words = [" ".join(filter(None, [waiting.get("reason"), waiting.get("message")]))] if waiting else []
    if ended:
        words.append(f"ended with exit code {ended['exitCode']} ({ended.get('reason', 'no reason given')})")
    return "; ".join(words) or "runs, but its probe fails"


def failing(pod: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statuses of the containers that are not well."""
    if pod["metadata"].get("deletionTimestamp"):
        return []
    return [status for init, status in container_statuses(pod) if not is_well(status, init=init)]


def pod_troubles(pod: Mapping[str, Any], events: list[str], logs: Logs, kubectl: str) -> Iterator[Issue]:
    """Yield what is not well with a pod: each failing container, and that it cannot be scheduled or was evicted."""
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    look = f"{kubectl} --namespace {namespace} describe pod {name}"
    where = f"pod {namespace}/{name}"
    last = tuple(events[-EVENTS:])
    found = failing(pod)
    for status in found:
        container = status["name"]
        what = why(status)
        now, before = (logs.get((name, container, previous), ()) for previous in (False, True))
        yield Issue(
            where=f"{where}, container {container}",
            what=what,
            cause=_cause(status, what, events, [*before, *now]),
            log=now,
            previous_log=before,
            events=last,
            look=look,
        )
    if pod["metadata"].get("deletionTimestamp"):
        return
    for condition in pod.get("status", {}).get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            what = f"cannot be scheduled: {condition.get('message', '')}"
            cause = probable([what, *events, "Unschedulable"])
            yield Issue(where=where, what=what, cause=cause, events=last, look=look)
    if not found and pod.get("status", {}).get("phase") == "Failed":
        what = " ".join(filter(None, (pod["status"].get("reason"), pod["status"].get("message")))) or "failed"
        yield Issue(where=where, what=what, cause=probable([what, *events]), events=last, look=look)


KILLED = (137, 143)
"""Exit codes of a program that was ended from outside, as Kubernetes does after a failed probe."""


def _cause(status: Mapping[str, Any], what: str, events: list[str], log: list[str]) -> str | None:
    """Return the probable cause: what Kubernetes says of the container itself counts for more than what is around."""
    if "OOMKilled" in what:
        return probable([what])
    ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated") or {}
    if ended.get("exitCode") not in (None, 0, *KILLED):
        # A program that ends by itself answers no probe either.
        events = [it for it in events if "probe failed" not in it]
    return probable([what, *events, *log])


def claim_troubles(claims: Iterable[Mapping[str, Any]], events: Mapping[str, list[str]], kubectl: str) -> list[Issue]:
    """Return the volume claims that wait for a volume."""
    troubles = []
    for claim in claims:
        name, namespace = claim["metadata"]["name"], claim["metadata"]["namespace"]
        said = events.get(f"PersistentVolumeClaim/{name}", [])
        # A claim that waits for its first pod is as it should be.
        if claim.get("status", {}).get("phase") == "Pending" and not any("WaitForFirstConsumer" in it for it in said):
            troubles.append(
                Issue(
                    where=f"volume claim {namespace}/{name}",
                    what="is Pending",
                    cause=probable(["PersistentVolumeClaim is Pending"]),
                    events=tuple(said[-EVENTS:]),
                    look=f"{kubectl} --namespace {namespace} describe persistentvolumeclaim {name}",
                )
            )
    return troubles


def owner_troubles(events: Mapping[str, list[str]], namespace: str, kubectl: str) -> list[Issue]:
    """Return what keeps controllers from making pods at all: quota, admission, webhooks. Only events speak of it."""
    troubles = []
    for subject, said in events.items():
        kind, _, name = subject.partition("/")
        refused = [it for it in said if it.startswith("FailedCreate")]
        if kind != "Pod" and refused:
            troubles.append(
                Issue(
                    where=f"{kind} {namespace}/{name}",
                    what=refused[-1],
                    cause=probable(refused),
                    events=tuple(said[-EVENTS:]),
                    look=f"{kubectl} --namespace {namespace} describe {kind.lower()} {name}",
                )
            )
    return troubles


def gone_troubles(
    events: Mapping[str, list[str]], there: Collection[str], prefix: str, namespace: str, kubectl: str
) -> list[Issue]:
    """Return what events say of pods that are no longer there and whose names begin with ``prefix``."""
    troubles = []
    for subject, said in events.items():
        kind, _, name = subject.partition("/")
        if kind == "Pod" and name.startswith(prefix) and name not in there:
            troubles.append(
                Issue(
                    where=f"pod {namespace}/{name}, which is gone",
                    what=said[-1],
                    cause=probable(said),
                    events=tuple(said[-EVENTS:]),
                    look=f"{kubectl} --namespace {namespace} events --for pod/{name}",
                )
            )
    return troubles


def events_by_subject(events: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return ``Kind/name`` -> its warnings and what is said of volumes, oldest first, each once."""
    ordered = sorted(events, key=lambda it: str(it.get("lastTimestamp") or it.get("eventTime") or ""))
    found: dict[str, list[str]] = {}
    for event in ordered:
        about = event.get("involvedObject") or {}
        subject = f"{about.get('kind')}/{about.get('name')}"
        if event.get("type") == "Normal" and about.get("kind") != "PersistentVolumeClaim":
            continue
        text = f"{event.get('reason', '')}: {' '.join(str(event.get('message', '')).split())}"
        said = found.setdefault(subject, [])
        if text in said:
            said.remove(text)
        said.append(text)
    return found
