"""Find the issues in API objects, as plain dicts. Nothing here sends requests to a cluster."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pocdeploy.diagnostics.explain.causes import probable
from pocdeploy.diagnostics.explain.containers import STARTING, container_statuses, failing, probe, why
from pocdeploy.diagnostics.explain.report import Issue

MAX_EVENTS = 6
"""Events that are shown of each object."""
Logs = Mapping[tuple[str, bool], tuple[str, ...]]
"""(container, whether it is the previous run) -> last lines."""
Events = Mapping[str, list[str]]
"""``Kind/name`` -> texts of its events, oldest first."""
KILLED = (137, 143)
"""Exit codes of a program that was ended from outside, as Kubernetes does after a failed probe."""
WAITS = 60
"""Seconds after which a Job that runs is reported."""
HEALTHY = "Cluster in healthy state"
"""Phase of a CloudNativePG cluster (api/v1/cluster_types.go of the operator)."""
STUCK = re.compile(r"FailedMount|FailedAttachVolume|FailedCreatePodSandBox|NetworkNotReady|FailedMapVolume")
"""Reasons of events that keep a container from its start."""


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
    found = [*failing(pod, restarted=restarted), *_stuck(pod, events)]
    for status in found:
        container = status["name"]
        what = why(status)
        now, before = (logs.get((container, previous), ()) for previous in (False, True))
        yield Issue(
            where=f"{where}, container {container}",
            what=what,
            cause=_cause(pod, status, events, [*before, *now]),
            log=now,
            previous_log=before,
            **common,
        )
    if pod["metadata"].get("deletionTimestamp"):
        return
    for condition in pod.get("status", {}).get("conditions") or []:
        is_gated = condition.get("reason") == "SchedulingGated"  # its controller will open it
        if condition["type"] == "PodScheduled" and condition["status"] != "True" and not is_gated:
            what = f"cannot be scheduled: {condition.get('message', '')}"
            yield Issue(where=where, what=what, cause=probable([what, *events, "Unschedulable"]), **common)
    if not found and pod.get("status", {}).get("phase") == "Failed":
        what = " ".join(filter(None, (pod["status"].get("reason"), pod["status"].get("message")))) or "failed"
        yield Issue(where=where, what=what, cause=probable([what, *events]), **common)


def _stuck(pod: Mapping[str, Any], events: list[str]) -> list[dict[str, Any]]:
    """Return the first container that waits for its start if an event says that it cannot start."""
    if pod["metadata"].get("deletionTimestamp") or not any(map(STUCK.match, events)):
        return []
    waiting = (status for _, status in container_statuses(pod) if status.get("state", {}).get("waiting"))
    return [status for status in waiting if status["state"]["waiting"].get("reason") in STARTING][:1]


def _cause(pod: Mapping[str, Any], status: Mapping[str, Any], events: list[str], log: list[str]) -> str | None:
    """Return the probable cause: the state of the container itself counts more than events and log."""
    what = why(status)
    if "OOMKilled" in what:
        return probable([what])
    ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated") or {}
    if ended.get("exitCode") not in (None, 0, *KILLED):
        # A program that ends by itself fails its probes, too.
        events = [it for it in events if "probe failed" not in it]
    return probable([what, *events, *log], lambda kind: probe(pod, status["name"], kind))


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


def job_issues(jobs: Iterable[Mapping[str, Any]], kubectl: str, now: datetime) -> list[Issue]:
    """Return an issue for each Job that has been running for longer than WAITS, without a failed pod."""
    issues = []
    for job in jobs:
        name, namespace, status = job["metadata"]["name"], job["metadata"]["namespace"], job.get("status", {})
        began = status.get("startTime")
        if not status.get("active") or not began:
            continue
        seconds = int((now - datetime.fromisoformat(began)).total_seconds())
        if seconds > WAITS:
            limit = job.get("spec", {}).get("activeDeadlineSeconds")
            until = f" of at most {limit} s" if limit else ""
            what = f"has been running for {seconds} s{until}; the last line of its log says for what it waits"
            look = f"{kubectl} --namespace {namespace} logs job/{name} --all-containers --tail 20"
            issues.append(Issue(where=f"job {namespace}/{name}", what=what, look=look))
    return issues


def database_issues(clusters: Iterable[Mapping[str, Any]], kubectl: str) -> list[Issue]:
    """Return an issue for each CloudNativePG cluster that waits for something, in the words of its operator."""
    issues = []
    for cluster in clusters:
        name, namespace = cluster["metadata"]["name"], cluster["metadata"]["namespace"]
        status, instances = cluster.get("status", {}), cluster.get("spec", {}).get("instances", 1)
        phase = status.get("phase", "not seen by the operator")
        hibernated = cluster["metadata"].get("annotations", {}).get("cnpg.io/hibernation") == "on"
        if phase != HEALTHY and not hibernated:
            ready = f"{status.get('readyInstances', 0)} of {instances} instances ready"
            what = "; ".join(filter(None, [phase, status.get("phaseReason"), ready]))
            look = f"{kubectl} --namespace {namespace} describe clusters.postgresql.cnpg.io {name}"
            issues.append(Issue(where=f"database {namespace}/{name}", what=what, look=look))
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
