"""Pause an unused stack, and wake it: hibernate databases, scale applications to 0, suspend backups.

The Pulumi program sets none of these fields: its Deployments have no ``replicas`` (the autoscaler sets it, and is off
while it is 0), and its annotations are different ones. So a paused stack has no drift, and a refresh does not wake it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pocdeploy.config import Settings
from pocdeploy.console import Progress
from pocdeploy.kube.client import CLUSTERS, KubeClient

HIBERNATION = "cnpg.io/hibernation"
"""Annotation that requests it, and condition that reports it.
https://cloudnative-pg.io/docs/current/declarative_hibernation"""
MARK = "pocdeploy.dev/paused"
"""Annotation of changed objects: number of pods of a Deployment, ``true`` for what is suspended."""
BACKUPS = "/apis/postgresql.cnpg.io/v1/namespaces/{}/scheduledbackups"
CRON_JOBS = "/apis/batch/v1/namespaces/{}/cronjobs"
SUSPENDED = {BACKUPS: "scheduled backup", CRON_JOBS: "scheduled command"}
"""Objects that start work at certain times."""
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"
PODS = "/api/v1/namespaces/{}/pods"
STOP_TIMEOUT = 120.0  # seconds; the grace period of pods is 40
HIBERNATION_TIMEOUT = 180.0  # seconds; instances stop one after the other


def mark_of(thing: Mapping[str, Any]) -> str | None:
    """Return the annotation of pause on an object; None if pause has not changed it."""
    mark = (thing["metadata"].get("annotations") or {}).get(MARK)
    return None if mark is None else str(mark)


def is_hibernated(cluster: Mapping[str, Any]) -> bool:
    """Return whether no instance of a database runs."""
    conditions = cluster.get("status", {}).get("conditions", [])
    return any(condition["type"] == HIBERNATION and condition["status"] == "True" for condition in conditions)


def paused_apps(api: KubeClient, settings: Settings) -> set[str]:
    """Return the applications that are paused, completely or in part."""
    return {
        name
        for name in settings.apps
        if any(mark_of(deployment) is not None for deployment in api.items(DEPLOYMENTS.format(name)))
        or any(asked_to_hibernate(cluster) for cluster in api.items(CLUSTERS.format(name)))
    }


def asked_to_hibernate(cluster: Mapping[str, Any]) -> bool:
    """Return whether hibernation was requested for a database, finished or not."""
    return (cluster["metadata"].get("annotations") or {}).get(HIBERNATION) == "on"


def pause(api: KubeClient, settings: Settings, progress: Progress) -> list[str]:
    """Pause all applications; return a sentence about each change. Can be repeated after an interruption.

    Raises:
        ApiError: if the cluster refuses a change.
        WaitError: if pods or databases do not stop in time.
    """
    # All applications stop before the first database: one may use the database of another.
    return [*_stop_applications(api, settings, progress), *_hibernate_databases(api, settings, progress)]


def _stop_applications(api: KubeClient, settings: Settings, progress: Progress) -> list[str]:
    done = []
    for name in settings.apps:
        for path, what in SUSPENDED.items():
            for entry in api.items(path.format(name)):
                # One that was suspended before stays suspended when the stack wakes.
                if not entry["spec"].get("suspend"):
                    _change(api, path, name, entry, mark="true", spec={"suspend": True})
                    done.append(f"suspended the {what} {name}/{entry['metadata']['name']}")
        with progress.step(f"application {name}") as step:
            for deployment in api.items(DEPLOYMENTS.format(name)):
                replicas = deployment["spec"].get("replicas", 1)
                if replicas > 0:
                    _change(api, DEPLOYMENTS, name, deployment, mark=str(replicas), spec={"replicas": 0})
                    done.append(f"scaled {name}/{deployment['metadata']['name']} from {replicas} to 0")
            progress.until(step, partial(_still_running, api, name), timeout=STOP_TIMEOUT)
    return done


def _hibernate_databases(api: KubeClient, settings: Settings, progress: Progress) -> list[str]:
    done = []
    for name in settings.apps:
        with progress.step(f"database of {name}") as step:
            for cluster in api.items(CLUSTERS.format(name)):
                if not asked_to_hibernate(cluster):
                    _annotate(api, CLUSTERS, name, cluster, {HIBERNATION: "on"})
                    done.append(f"hibernated the database {name}/{cluster['metadata']['name']}")
            progress.until(step, partial(_not_hibernated, api, name), timeout=HIBERNATION_TIMEOUT)
    return done


def wake(api: KubeClient, settings: Settings) -> list[str]:
    """Undo ``pause`` without waiting for the pods (see ``resume``); return a sentence about each change."""
    done = []
    for name in settings.apps:
        for cluster in api.items(CLUSTERS.format(name)):
            if asked_to_hibernate(cluster):
                _annotate(api, CLUSTERS, name, cluster, {HIBERNATION: None})
                done.append(f"woke the database {name}/{cluster['metadata']['name']}")
        for deployment in api.items(DEPLOYMENTS.format(name)):
            mark = mark_of(deployment)
            if mark is not None:
                _change(api, DEPLOYMENTS, name, deployment, mark=None, spec={"replicas": int(mark)})
                done.append(f"scaled {name}/{deployment['metadata']['name']} to {mark}")
        for path, what in SUSPENDED.items():
            for entry in api.items(path.format(name)):
                if mark_of(entry) is not None:
                    _change(api, path, name, entry, mark=None, spec={"suspend": False})
                    done.append(f"resumed the {what} {name}/{entry['metadata']['name']}")
    return done


def _change(
    api: KubeClient, path: str, app: str, thing: Mapping[str, Any], *, mark: str | None, spec: dict[str, Any]
) -> None:
    """Change fields and the annotation in one request, so that an interruption leaves no unmarked change."""
    name = thing["metadata"]["name"]
    api.patch(f"{path.format(app)}/{name}", {"metadata": {"annotations": {MARK: mark}}, "spec": spec})


def _annotate(
    api: KubeClient, path: str, app: str, thing: Mapping[str, Any], annotations: dict[str, str | None]
) -> None:
    api.patch(f"{path.format(app)}/{thing['metadata']['name']}", {"metadata": {"annotations": annotations}})


def _still_running(api: KubeClient, app: str) -> str | None:
    """Return which pods of an application still run, without those of its Jobs and databases."""
    pods = [
        pod["metadata"]["name"]
        for pod in api.items(PODS.format(app))
        if any(owner["kind"] == "ReplicaSet" for owner in pod["metadata"].get("ownerReferences", []))
        and pod.get("status", {}).get("phase") not in {"Succeeded", "Failed"}
    ]
    return f"{', '.join(sorted(pods))} to end" if pods else None


def _not_hibernated(api: KubeClient, app: str) -> str | None:
    """Return which databases of an application still run."""
    names = [it["metadata"]["name"] for it in api.items(CLUSTERS.format(app)) if not is_hibernated(it)]
    return f"{', '.join(sorted(names))} to shut down" if names else None
