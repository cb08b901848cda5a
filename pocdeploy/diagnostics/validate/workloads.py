"""Inside the cluster: nodes, pods, Jobs, disruption budgets and autoscalers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.docker import containers
from pocdeploy.stacks.resume import NODES, has_condition

LOOPING = {"CrashLoopBackOff", "RunContainerError", "CreateContainerError"}
UNPULLED = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName"}


def nodes(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look at the nodes: those that do not run on this machine, and those that say that they are not ready."""
    if subject.local is not None:
        known = containers.listed(subject.run) or []
        own = containers.nodes_of(known, subject.local.name)
        down = [node.name for node in own if not node.running]
        if down:
            yield fail(
                "nodes",
                f"stopped: {', '.join(down)}",
                fix=f"make resume STACK={subject.stack}",
                repair=lambda: "; ".join(_resumed(subject)),
            )
            return
        if len(own) < subject.local.nodes:
            what = f"{len(own)} of {subject.local.nodes} nodes are there"
            yield fail("nodes", what, why="a node's container was removed", fix=f"make up STACK={subject.stack}")
    found = subject.api.items(NODES)
    waiting = [node["metadata"]["name"] for node in found if not has_condition(node, "Ready")]
    held = [node["metadata"]["name"] for node in found if node["spec"].get("unschedulable")]
    if waiting:
        look = f"{subject.kubectl} describe node {waiting[0]}"
        yield fail("nodes", f"not ready: {', '.join(sorted(waiting))}", fix=look)
    elif held:
        yield warn(
            "nodes",
            f"cordoned: {', '.join(sorted(held))}",
            why="nothing new is started there",
            fix=f"{subject.kubectl} uncordon {' '.join(sorted(held))}",
        )
    else:
        yield ok("nodes", f"{len(found)} are ready")


def _resumed(subject: ValidationContext) -> list[str]:
    return subject.resume() if subject.resume else ["nothing"]


def pods(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look at the pods of every namespace of the stack; those of Jobs are looked at with their Jobs."""
    for namespace in subject.namespaces:
        found = [pod for pod in subject.api.items(f"/api/v1/namespaces/{namespace}/pods") if not _of_job(pod)]
        bad = [outcome for pod in found if (outcome := _pod(subject, namespace, pod)) is not None]
        yield from bad
        if not bad:
            yield ok("pods", f"{namespace}: {len(found)} are ready")


def _of_job(pod: Mapping[str, Any]) -> bool:
    owners = pod["metadata"].get("ownerReferences", [])
    return pod.get("status", {}).get("phase") == "Succeeded" or any(owner["kind"] == "Job" for owner in owners)


def _pod(subject: ValidationContext, namespace: str, pod: Mapping[str, Any]) -> CheckResult | None:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    if has_condition(pod, "Ready") or pod["metadata"].get("deletionTimestamp"):
        return None
    look = f"{subject.kubectl} --namespace {namespace} describe pod {name}"
    shown = f"{namespace}/{name}"
    reasons = [
        container.get("state", {}).get("waiting", {}).get("reason", "")
        for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    ]
    if looping := LOOPING.intersection(reasons):
        log = f"{subject.kubectl} --namespace {namespace} logs {name} --previous --all-containers"

        def restart() -> str:
            subject.api.delete(f"/api/v1/namespaces/{namespace}/pods/{name}")
            return f"deleted the pod {shown}, which is made anew"

        # Without an owner nobody would make it anew.
        repair = restart if pod["metadata"].get("ownerReferences") else None
        return fail("pods", f"{shown}: {looping.pop()}", fix=log, repair=repair)
    if unpulled := UNPULLED.intersection(reasons):
        return fail("pods", f"{shown}: {unpulled.pop()}", why="its image cannot be pulled", fix=look)
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return fail("pods", f"{shown} has no node: {condition.get('message', '')}", fix=look)
    reason = next(filter(None, reasons), status.get("reason") or status.get("phase", "unknown"))
    return warn("pods", f"{shown} is not ready: {reason}", fix=look)


def jobs(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look at the Jobs; one that has failed can be run again if it is the program's own."""
    for namespace in subject.settings.apps:
        path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        found = subject.api.items(path)
        bad = [job for job in found if has_condition(job, "Failed")]
        for job in bad:
            yield _failed_job(subject, path, namespace, job)
        if not bad:
            done = sum(has_condition(job, "Complete") for job in found)
            yield ok("jobs", f"{namespace}: {done} of {len(found)} are done")


def _failed_job(subject: ValidationContext, path: str, namespace: str, job: Mapping[str, Any]) -> CheckResult:
    name = job["metadata"]["name"]
    reason = next((c.get("message", "") for c in job["status"]["conditions"] if c["type"] == "Failed"), "")

    def again() -> str:
        subject.api.delete(f"{path}/{name}")
        subject.api.create(path, fresh_job(job))
        return f"ran the Job {namespace}/{name} again"

    # A Job of the operator or of a CronJob is theirs to repeat.
    is_owned = bool(job["metadata"].get("ownerReferences"))
    log = f"{subject.kubectl} --namespace {namespace} logs job/{name} --all-containers"
    return fail("jobs", f"{namespace}/{name} has failed: {reason}", fix=log, repair=None if is_owned else again)


def fresh_job(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Job as it was asked for, without what the cluster has added to it, ready to be created again."""
    added = ("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name")

    def own(labels: Mapping[str, str] | None) -> dict[str, str]:
        return {key: value for key, value in (labels or {}).items() if key not in added}

    metadata, spec = job["metadata"], dict(job["spec"])
    template = dict(spec["template"])
    template["metadata"] = {
        **template.get("metadata", {}),
        "labels": own(template.get("metadata", {}).get("labels")),
        "creationTimestamp": None,
    }
    spec["template"] = template
    spec.pop("selector", None)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "labels": own(metadata.get("labels")),
            "annotations": dict(metadata.get("annotations") or {}),
        },
        "spec": spec,
    }


def budgets(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look whether a drain could go on: a budget that allows nothing blocks it."""
    for name in subject.awake:
        found = subject.api.items(f"/apis/policy/v1/namespaces/{name}/poddisruptionbudgets")
        stuck = [
            budget["metadata"]["name"]
            for budget in found
            if budget.get("status", {}).get("expectedPods", 0) and not budget["status"].get("disruptionsAllowed", 0)
        ]
        # One of the primary alone never allows anything: its operator moves the primary first.
        blocking = [budget for budget in stuck if not budget.endswith("-primary")]
        if blocking:
            yield warn(
                "budgets",
                f"{name}: {', '.join(blocking)} allows no disruption now",
                why="a node cannot be drained",
                fix=f"{subject.kubectl} --namespace {name} describe pdb",
            )
        else:
            yield ok("budgets", f"{name}: {len(found)} let a drain go on")


def autoscalers(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look whether the autoscalers can act: whether they get numbers, and may scale."""
    for name in subject.awake:
        for scaler in subject.api.items(f"/apis/autoscaling/v2/namespaces/{name}/horizontalpodautoscalers"):
            yield _autoscaler(subject, name, scaler)


def _autoscaler(subject: ValidationContext, namespace: str, scaler: Mapping[str, Any]) -> CheckResult:
    name, status = scaler["metadata"]["name"], scaler.get("status", {})
    for condition in status.get("conditions", []):
        if condition["type"] in {"AbleToScale", "ScalingActive"} and condition["status"] != "True":
            return warn(
                "autoscaler",
                f"{namespace}/{name}: {condition.get('message') or condition.get('reason')}",
                why="the number of pods does not follow the load",
                fix=f"{subject.kubectl} --namespace {namespace} describe hpa {name}",
            )
    current, spec = status.get("currentReplicas", 0), scaler["spec"]
    if current >= spec["maxReplicas"] > spec.get("minReplicas", 1):
        more = f"pulumi config set --path 'pocdeploy:apps.{namespace}.replicas.max' {spec['maxReplicas'] * 2}"
        return warn("autoscaler", f"{namespace}/{name} has all {current} pods that it may have", fix=more)
    return ok(
        "autoscaler", f"{namespace}/{name}: {current} pods, of {spec.get('minReplicas', 1)} to {spec['maxReplicas']}"
    )
