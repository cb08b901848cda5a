"""What happens when a rollout fails: the evidence is shown, and the last revision that served is restored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from components.access import Access

REVISION = "deployment.kubernetes.io/revision"
LOG_LINES = 40  # a Python traceback that was raised while another was handled fits in


def on_failure(name: str, namespace: str, access: Access) -> pulumi.ErrorHook:
    """Return a hook for the Deployment ``name``: the provider itself has no rollback (pulumi-kubernetes#3649).

    The old pods serve all the time, since none is taken away before a new one is ready. The hook ends the attempt: it
    puts the last good pod template back, with the configuration and the Secrets that belong to it, which Pulumi
    deletes only after a success. Pulumi still ends with the error, and the next ``up`` updates from there.
    """

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        lines = await asyncio.to_thread(
            explain_and_restore, access, namespace, name, restore=args.failed_operation == "update"
        )
        pulumi.log.error("\n".join(lines))
        return False

    return pulumi.ErrorHook(f"{name}-rollout", restore)


def explain_and_restore(access: Access, namespace: str, name: str, *, restore: bool) -> list[str]:
    """Return why a rollout failed, line by line, and undo it if ``restore`` is set and there is what to go back to."""
    # Imported where it is used, as in Access.client.
    from kubernetes.client import ApiException, AppsV1Api, CoreV1Api  # noqa: PLC0415

    try:
        client: Any = access.client()
        plain = client.sanitize_for_serialization
        apps, core = AppsV1Api(client), CoreV1Api(client)
        deployment = plain(apps.read_namespaced_deployment(name, namespace))
        selector = ",".join(f"{key}={value}" for key, value in deployment["spec"]["selector"]["matchLabels"].items())
        sets = plain(apps.list_namespaced_replica_set(namespace, label_selector=selector))["items"]
        pods = plain(core.list_namespaced_pod(namespace, label_selector=selector))["items"]
        lines = [f"The rollout of {namespace}/{name} failed."]
        lines += [line for pod in pods for line in evidence(core, pod)]
        good = last_good(deployment, sets) if restore else None
        if good is not None:
            patch = [{"op": "replace", "path": "/spec/template", "value": template_of(good)}]
            apps.patch_namespaced_deployment(name, namespace, patch)
            lines.append(f"Restored: revision {revision(good)}, which has served all the time.")
        lines.append(f"Look further: kubectl --namespace {namespace} describe pods --selector {selector}")
    except (ApiException, LookupError) as error:
        return [f"The rollout of {namespace}/{name} failed, and the cluster could not be asked why: {error}"]
    return lines


def revision(owned: Mapping[str, Any]) -> int:
    """Return the number that Kubernetes gives to a version of a Deployment."""
    return int(owned["metadata"].get("annotations", {}).get(REVISION, 0))


def last_good(deployment: Mapping[str, Any], sets: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the ReplicaSet of the newest revision before the current one that has pods which serve, or None."""
    uid = deployment["metadata"]["uid"]
    serving = [
        candidate
        for candidate in sets
        if any(owner["uid"] == uid for owner in candidate["metadata"].get("ownerReferences", []))
        and candidate.get("status", {}).get("readyReplicas", 0) > 0
        and revision(candidate) < revision(deployment)
    ]
    return max(serving, key=revision, default=None)


def template_of(replica_set: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ReplicaSet's pod template as its Deployment had it: without the label that tells ReplicaSets apart."""
    template = replica_set["spec"]["template"]
    labels = {key: value for key, value in template["metadata"]["labels"].items() if key != "pod-template-hash"}
    return {**template, "metadata": {**template["metadata"], "labels": labels}}


def evidence(core: Any, pod: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a pod that is not well says of itself, and the end of its log.

    Args:
        core: the client's CoreV1Api, for the log.
        pod: the pod, as the API shows it.
    """
    name = pod["metadata"]["name"]
    for condition in pod["status"].get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            yield f"  pod {name} cannot be scheduled: {condition.get('message', '')}"
    for status in pod["status"].get("containerStatuses", []):
        if not status["ready"]:
            yield f"  pod {name}, container {status['name']}: {why(status)}"
            yield from (f"    | {line}" for line in _log(core, pod, status))


def why(status: Mapping[str, Any]) -> str:
    """Return in words why a container is not ready, from its status in the pod."""
    waiting = status.get("state", {}).get("waiting")
    ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated")
    words = [" ".join(filter(None, [waiting.get("reason"), waiting.get("message")]))] if waiting else []
    if ended:
        words.append(f"ended with exit code {ended['exitCode']} ({ended.get('reason', 'no reason given')})")
    return "; ".join(words) or "runs, but its probe fails"


def _log(core: Any, pod: Mapping[str, Any], status: Mapping[str, Any]) -> list[str]:
    from kubernetes.client import ApiException  # noqa: PLC0415

    metadata = pod["metadata"]
    which = {
        "container": status["name"],
        "tail_lines": LOG_LINES,
        # While a container waits to be started again, its log is that of the run that failed.
        "previous": "terminated" in status.get("lastState", {}),
    }
    try:
        return str(core.read_namespaced_pod_log(metadata["name"], metadata["namespace"], **which)).splitlines()
    except ApiException:  # a container that never started has none
        return []
