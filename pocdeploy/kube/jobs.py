"""Run a command of an application once, in a Job with the image, environment and permissions of its pods."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pocdeploy.errors import ExitCode, Finding, PocdeployError
from pocdeploy.kube.client import KubeClient

ROLE = "seed"
DEADLINE = 300  # seconds
GRACE = 30  # seconds in which the cluster reports the end of a Job
KEEP = 3600  # seconds until a finished Job is deleted
POLL_INTERVAL = 1.0  # seconds
OF_POD = (
    *("securityContext", "volumes", "serviceAccountName", "imagePullSecrets"),
    *("automountServiceAccountToken", "nodeSelector"),
)
"""Fields of a pod that a Job needs as well."""


class SeedError(PocdeployError):
    """The example data could not be added."""

    headline = "Example data was not added"
    exit_code = ExitCode.FAILED


def job(deployment: Mapping[str, Any], command: tuple[str, ...]) -> dict[str, Any]:
    """Return the Job that runs ``command`` like the first container of ``deployment``, without ports and probes.

    It has the application's labels but another component: the database accepts its connections, and no Service
    sends requests to it.
    """
    metadata, pod = deployment["metadata"], deployment["spec"]["template"]["spec"]
    labels = {
        key: value
        for key, value in (deployment["spec"]["template"]["metadata"].get("labels") or {}).items()
        if key.startswith("app.kubernetes.io/")
    } | {"app.kubernetes.io/component": ROLE}
    web = pod["containers"][0]
    kept = ("image", "env", "envFrom", "resources", "securityContext", "volumeMounts", "terminationMessagePolicy")
    container = {"name": ROLE, "command": list(command), **{key: web[key] for key in kept if key in web}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": f"{metadata['name']}-{ROLE}-",
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
                    **{key: pod[key] for key in OF_POD if key in pod},
                    "enableServiceLinks": False,
                    "restartPolicy": "Never",
                    "containers": [container],
                },
            },
        },
    }


def run(client: KubeClient, app: str, command: tuple[str, ...]) -> str:
    """Run ``command`` in the namespace of ``app`` and return the last lines of its log.

    Raises:
        ApiError: a request to the cluster failed.
        SeedError: the application is not deployed, or the Job failed or took longer than its deadline.
    """
    deployment = client.get_or_none(f"/apis/apps/v1/namespaces/{app}/deployments/{app}")
    if deployment is None:
        finding = Finding(where=app, what=f"Deployment {app}/{app} not found", fix="make up")
        raise SeedError([finding])
    jobs = f"/apis/batch/v1/namespaces/{app}/jobs"
    name = client.create(jobs, job(deployment, command))["metadata"]["name"]
    result = _wait(client, f"{jobs}/{name}")
    log = _log(client, app, name)
    if result != "Complete":
        what = f"Job {name} failed" if result else f"Job {name} did not end within {DEADLINE} s"
        fix = f"kubectl --namespace {app} describe job {name}"
        raise SeedError([Finding(where=app, what=what, actual=log[-1500:] or None, fix=fix)])
    return log


def _wait(client: KubeClient, path: str) -> str | None:
    """Wait until a Job ends; return Complete or Failed, None if it did not end in time."""
    end = time.monotonic() + DEADLINE + GRACE
    while time.monotonic() < end:
        conditions = client.get(path).get("status", {}).get("conditions") or []
        for condition in conditions:
            if condition["type"] in {"Complete", "Failed"} and condition["status"] == "True":
                return str(condition["type"])
        time.sleep(POLL_INTERVAL)
    return None


def _log(client: KubeClient, namespace: str, job_name: str) -> str:
    path = f"/api/v1/namespaces/{namespace}/pods"
    pods = client.items(path, labelSelector=f"job-name={job_name}")
    if not pods:
        return ""
    newest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    return client.text(f"{path}/{newest['metadata']['name']}/log", tailLines="20").strip()
