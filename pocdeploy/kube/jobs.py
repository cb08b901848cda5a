"""Run a command of an application once, in the cluster, as its pods run: same image, environment, rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pocdeploy.errors import Finding, PocdeployError

DEADLINE = 300  # seconds
KEEP = 3600  # seconds for which a finished Job can be looked at


class SeedError(PocdeployError):
    """The example data could not be added."""

    headline = "There is no new example data"


def job(deployment: Mapping[str, Any], command: tuple[str, ...], *, role: str = "seed") -> dict[str, Any]:
    """Return the Job that runs ``command`` in the pods of ``deployment``, as the API gives that in camelCase.

    It has the application's labels but another component, so that the database lets it in and no Service leads to it;
    no ports and probes; and what the Deployment's first container has otherwise.
    """
    metadata, pod = deployment["metadata"], deployment["spec"]["template"]["spec"]
    labels = {
        key: value
        for key, value in (deployment["spec"]["template"]["metadata"].get("labels") or {}).items()
        if key.startswith("app.kubernetes.io/")
    } | {"app.kubernetes.io/component": role}
    served = pod["containers"][0]
    kept = ("image", "env", "envFrom", "resources", "securityContext", "volumeMounts", "terminationMessagePolicy")
    container = {"name": role, "command": list(command), **{key: served[key] for key in kept if key in served}}
    shared = ("securityContext", "volumes", "serviceAccountName", "imagePullSecrets", "automountServiceAccountToken")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": f"{metadata['name']}-{role}-",
            "namespace": metadata["namespace"],
            "labels": labels,
        },
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": DEADLINE,
            "ttlSecondsAfterFinished": KEEP,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    **{key: pod[key] for key in shared if key in pod},
                    "enableServiceLinks": False,
                    "restartPolicy": "Never",
                    "containers": [container],
                },
            },
        },
    }


def run(client: Any, app: str, command: tuple[str, ...], *, role: str = "seed") -> str:
    """Run ``command`` in the namespace of ``app`` and return what it wrote.

    ``client`` is a ``kubernetes.client.ApiClient``. Raises SeedError, with the last lines of the log, when the Job
    fails or takes longer than its deadline.
    """
    # Imported here: the package takes a second to load, and few commands need it.
    from kubernetes import client as package  # noqa: PLC0415
    from kubernetes import watch as watching  # noqa: PLC0415
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415

    # Its types know objects of its own only, where the API itself takes plain dicts, too.
    api: Any = package
    watch: Any = watching
    batch, core = api.BatchV1Api(client), api.CoreV1Api(client)
    try:
        deployment = client.sanitize_for_serialization(api.AppsV1Api(client).read_namespaced_deployment(app, app))
        made = batch.create_namespaced_job(app, job(deployment, command, role=role))
    except ApiException as error:
        raise SeedError([_finding(app, f"the API server answers {error.status} {error.reason}")]) from None
    name, done = made.metadata.name, None
    selector = f"metadata.name={name}"
    for event in watch.Watch().stream(
        batch.list_namespaced_job, app, field_selector=selector, timeout_seconds=DEADLINE + 30
    ):
        conditions = {each.type: each.status for each in event["object"].status.conditions or []}
        done = next((kind for kind in ("Complete", "Failed") if conditions.get(kind) == "True"), None)
        if done:
            break
    log = _log(core, app, name)
    if done != "Complete":
        raise SeedError([_finding(app, f"the Job {name} {'failed' if done else 'did not end'}", log)])
    return log


def _log(core: Any, namespace: str, job_name: str) -> str:
    pods = core.list_namespaced_pod(namespace, label_selector=f"job-name={job_name}").items
    if not pods:
        return ""
    newest = max(pods, key=lambda pod: pod.metadata.creation_timestamp)
    return str(core.read_namespaced_pod_log(newest.metadata.name, namespace, tail_lines=20)).strip()


def _finding(app: str, what: str, log: str = "") -> Finding:
    return Finding(where=app, what=what, actual=log[-1500:] or None, fix=f"kubectl --namespace {app} describe jobs")
