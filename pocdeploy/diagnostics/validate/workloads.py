"""Check nodes, pods, Jobs, disruption budgets and autoscalers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pocdeploy import fixes
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.docker import containers
from pocdeploy.stacks.readiness import NODES, has_condition

CRASH_LOOP = {"CrashLoopBackOff", "RunContainerError", "CreateContainerError"}
NOT_PULLED = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName"}


def nodes(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the nodes: their containers on this machine, and their state in Kubernetes."""
    if context.local is not None:
        known = containers.listed() or []
        own = containers.nodes_of(known, context.local.name)
        down = [node.name for node in own if not node.running]
        if down:
            fix = f"make resume STACK={context.stack}"
            yield fail("nodes", f"stopped: {', '.join(down)}", fix=fix, repair=lambda: "; ".join(context.resume()))
            return
        if len(own) < context.local.nodes:
            what = f"{len(own)} of {context.local.nodes} nodes exist"
            yield fail("nodes", what, why="a node's container was removed", fix=f"make up STACK={context.stack}")
    found = context.api.items(NODES)
    waiting = [node["metadata"]["name"] for node in found if not has_condition(node, "Ready")]
    cordoned = [node["metadata"]["name"] for node in found if node["spec"].get("unschedulable")]
    if waiting:
        look = f"{context.kubectl} describe node {waiting[0]}"
        yield fail("nodes", f"not ready: {', '.join(sorted(waiting))}", fix=look)
    elif cordoned:
        yield warn(
            "nodes",
            f"cordoned: {', '.join(sorted(cordoned))}",
            why="no new pod is started there",
            fix=f"{context.kubectl} uncordon {' '.join(sorted(cordoned))}",
        )
    else:
        yield ok("nodes", f"{len(found)} are ready")


def pods(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the pods in every namespace of the stack, except those of Jobs."""
    for namespace in context.namespaces:
        found = [pod for pod in context.api.items(f"/api/v1/namespaces/{namespace}/pods") if not _of_job(pod)]
        bad = [result for pod in found if (result := _pod(context, namespace, pod)) is not None]
        yield from bad
        if not bad:
            yield ok("pods", f"{namespace}: {len(found)} are ready")


def _of_job(pod: Mapping[str, Any]) -> bool:
    owners = pod["metadata"].get("ownerReferences", [])
    return pod.get("status", {}).get("phase") == "Succeeded" or any(owner["kind"] == "Job" for owner in owners)


def _pod(context: ValidationContext, namespace: str, pod: Mapping[str, Any]) -> CheckResult | None:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    if has_condition(pod, "Ready") or pod["metadata"].get("deletionTimestamp"):
        return None
    look = f"{context.kubectl} --namespace {namespace} describe pod {name}"
    shown = f"{namespace}/{name}"
    containers = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    reasons = [_waiting_for(container) for container in containers]
    if crashing := CRASH_LOOP.intersection(reasons):
        log = f"{context.kubectl} --namespace {namespace} logs {name} --previous --all-containers"

        def restart() -> str:
            context.api.delete(f"/api/v1/namespaces/{namespace}/pods/{name}")
            return f"deleted the pod {shown}; its owner recreates it"

        # A pod without an owner would not be recreated.
        repair = restart if pod["metadata"].get("ownerReferences") else None
        return fail("pods", f"{shown}: {crashing.pop()}", fix=log, repair=repair)
    if not_pulled := NOT_PULLED.intersection(reasons):
        return fail("pods", f"{shown}: {not_pulled.pop()}", why="its image cannot be pulled", fix=look)
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return fail("pods", f"{shown} has no node: {condition.get('message', '')}", fix=look)
    reason = next(filter(None, reasons), status.get("reason") or status.get("phase", "unknown"))
    return warn("pods", f"{shown} is not ready: {reason}", fix=look)


def _waiting_for(container: Mapping[str, Any]) -> str:
    """Return why a container does not run; between two restarts it is terminated for a moment, and not yet waiting."""
    state = container.get("state", {})
    if state.get("terminated", {}).get("exitCode") and container.get("restartCount"):
        return "CrashLoopBackOff"
    return str(state.get("waiting", {}).get("reason", ""))


def jobs(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the Jobs. A failed one can be run again if the program created it."""
    for namespace in context.settings.apps:
        path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        found = context.api.items(path)
        bad = [job for job in found if has_condition(job, "Failed")]
        for job in bad:
            yield _failed_job(context, path, namespace, job)
        if not bad:
            done = sum(has_condition(job, "Complete") for job in found)
            yield ok("jobs", f"{namespace}: {done} of {len(found)} are complete")


def _failed_job(context: ValidationContext, path: str, namespace: str, job: Mapping[str, Any]) -> CheckResult:
    name = job["metadata"]["name"]
    reason = next((c.get("message", "") for c in job["status"]["conditions"] if c["type"] == "Failed"), "")

    def again() -> str:
        context.api.delete(f"{path}/{name}")
        context.api.create(path, fresh_job(job))
        return f"ran the Job {namespace}/{name} again"

    # An operator or a CronJob repeats its own Jobs.
    is_owned = bool(job["metadata"].get("ownerReferences"))
    log = f"{context.kubectl} --namespace {namespace} logs job/{name} --all-containers"
    return fail("jobs", f"{namespace}/{name} has failed: {reason}", fix=log, repair=None if is_owned else again)


def fresh_job(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Job as it was created, without the fields that the cluster has added."""
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


def budgets(context: ValidationContext) -> Iterator[CheckResult]:
    """Check that a node can be drained: a disruption budget that allows no disruption blocks it."""
    for name in context.awake:
        found = context.api.items(f"/apis/policy/v1/namespaces/{name}/poddisruptionbudgets")
        without_disruption = [
            budget["metadata"]["name"]
            for budget in found
            if budget.get("status", {}).get("expectedPods", 0) and not budget["status"].get("disruptionsAllowed", 0)
        ]
        # That of the primary never allows a disruption: the operator moves the primary first.
        blocking = [budget for budget in without_disruption if not budget.endswith("-primary")]
        if blocking:
            yield warn(
                "budgets",
                f"{name}: {', '.join(blocking)} allows no disruption now",
                why="a node cannot be drained",
                fix=f"{context.kubectl} --namespace {name} describe pdb",
            )
        else:
            yield ok("budgets", f"{name}: {len(found)} allow a drain")


def autoscalers(context: ValidationContext) -> Iterator[CheckResult]:
    """Check that the autoscalers get metrics, and may scale."""
    for name in context.awake:
        for scaler in context.api.items(f"/apis/autoscaling/v2/namespaces/{name}/horizontalpodautoscalers"):
            yield _autoscaler(context, name, scaler)


def _autoscaler(context: ValidationContext, namespace: str, scaler: Mapping[str, Any]) -> CheckResult:
    name, status = scaler["metadata"]["name"], scaler.get("status", {})
    for condition in status.get("conditions", []):
        if condition["type"] in {"AbleToScale", "ScalingActive"} and condition["status"] != "True":
            return warn(
                "autoscaler",
                f"{namespace}/{name}: {condition.get('message') or condition.get('reason')}",
                why="the number of pods does not follow the load",
                fix=f"{context.kubectl} --namespace {namespace} describe hpa {name}",
            )
    current, spec = status.get("currentReplicas", 0), scaler["spec"]
    if current >= spec["maxReplicas"] > spec.get("minReplicas", 1):
        more = fixes.set_value(f"apps.{namespace}.replicas.max", spec["maxReplicas"] * 2)
        return warn("autoscaler", f"{namespace}/{name} has its maximum of {current} pods", fix=more)
    return ok(
        "autoscaler", f"{namespace}/{name}: {current} pods, of {spec.get('minReplicas', 1)} to {spec['maxReplicas']}"
    )
