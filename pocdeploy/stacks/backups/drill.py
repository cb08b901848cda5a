"""Run the drill of a database now: a Job of its CronJob."""

from __future__ import annotations

import time

from pocdeploy import fixes
from pocdeploy.errors import Finding
from pocdeploy.kube.client import KubeClient
from pocdeploy.stacks.backups.errors import BackupError

TIMEOUT = 2 * 3600.0  # seconds
POLL_INTERVAL = 2.0  # seconds
JOBS = "/apis/batch/v1/namespaces/{}/jobs"


def run(api: KubeClient, app: str, *, timeout: float = TIMEOUT) -> str:
    """Run the drill of a database, and return the last line of its log, which is its result.

    Raises:
        ApiError: a request to the cluster failed.
        BackupError: there is no drill, or it failed, or it did not end within ``timeout`` seconds.
    """
    name = f"{app}-db-drill"
    found = api.get_or_none(f"/apis/batch/v1/namespaces/{app}/cronjobs/{name}")
    if found is None:
        fix = f"{fixes.unset('backups.drill')} && make up STACK={fixes.stack()}"
        raise BackupError([Finding(where=f"{app}/{name}", what="this database has no drill", fix=fix)])
    template = found["spec"]["jobTemplate"]
    metadata = {"generateName": f"{name}-", "namespace": app, "labels": template["metadata"]["labels"]}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}
    created = api.create(JOBS.format(app), job)["metadata"]["name"]
    end = time.monotonic() + timeout
    while True:
        status = api.get(f"{JOBS.format(app)}/{created}").get("status") or {}
        if status.get("succeeded"):
            return _log(api, app, created)
        if status.get("failed") or time.monotonic() > end:
            break
        time.sleep(POLL_INTERVAL)
    what = "the drill failed" if status.get("failed") else f"the drill did not end within {timeout:.0f} s"
    fix = f"kubectl --namespace {app} describe job {created}"
    raise BackupError([Finding(where=f"{app}/{created}", what=what, actual=_log(api, app, created) or None, fix=fix)])


def _log(api: KubeClient, app: str, job: str) -> str:
    """Return the last line that a Job has written."""
    pods = f"/api/v1/namespaces/{app}/pods"
    names = [pod["metadata"]["name"] for pod in api.items(pods, labelSelector=f"job-name={job}")]
    lines = api.text(f"{pods}/{names[-1]}/log", tailLines="1").strip().splitlines() if names else []
    return lines[-1] if lines else ""
