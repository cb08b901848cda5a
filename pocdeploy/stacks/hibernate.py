"""Pause a stack that is not in use, and wake it: databases hibernate, applications have no pods, backups are suspended.

Nothing here is a field that the Pulumi program sets: the Deployment has no ``replicas`` (the autoscaler owns it, and is
off while it is 0), and the annotations are others than those of the program. So there is no drift while a stack is
paused, and a refresh does not wake it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pocdeploy.config import Settings
from pocdeploy.console import Progress
from pocdeploy.kube.client import CLUSTERS, KubeClient

HIBERNATION = "cnpg.io/hibernation"
"""Annotation that asks for it, and condition that tells of it.
https://cloudnative-pg.io/docs/current/declarative_hibernation"""
MARK = "pocdeploy.dev/paused"
"""Annotation of what pause has changed: of a Deployment how many pods it had, of a ScheduledBackup ``true``."""
BACKUPS = "/apis/postgresql.cnpg.io/v1/namespaces/{}/scheduledbackups"
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"
PODS = "/api/v1/namespaces/{}/pods"
DOWN = 120.0  # seconds for pods to end: their grace period is 40
HIBERNATED = 180.0  # seconds for all instances to shut down, one after the other


def mark_of(thing: Mapping[str, Any]) -> str | None:
    """Return what pause has noted at an object; None if it has not touched it."""
    mark = (thing["metadata"].get("annotations") or {}).get(MARK)
    return None if mark is None else str(mark)


def is_hibernated(cluster: Mapping[str, Any]) -> bool:
    """Return whether a database has no instance that runs."""
    conditions = cluster.get("status", {}).get("conditions", [])
    return any(condition["type"] == HIBERNATION and condition["status"] == "True" for condition in conditions)


def paused_apps(api: KubeClient, settings: Settings) -> set[str]:
    """Return the applications that are paused, or were on the way to it."""
    return {
        name
        for name in settings.apps
        if any(mark_of(deployment) is not None for deployment in api.items(DEPLOYMENTS.format(name)))
        or any(asked_to_hibernate(cluster) for cluster in api.items(CLUSTERS.format(name)))
    }


def asked_to_hibernate(cluster: Mapping[str, Any]) -> bool:
    """Return whether a database is asked to hibernate, done or not."""
    return (cluster["metadata"].get("annotations") or {}).get(HIBERNATION) == "on"


def pause(api: KubeClient, settings: Settings, progress: Progress) -> list[str]:
    """Pause all applications; give what was done, a sentence each. Can be run again after any interruption.

    Raises:
        ApiError: if the cluster does not do it.
        WaitError: if something does not end in time.
    """
    done = []
    for name in settings.apps:
        for backup in api.items(BACKUPS.format(name)):
            # One that somebody else has suspended stays so after the waking.
            if not backup["spec"].get("suspend"):
                _change(api, BACKUPS, name, backup, mark="true", spec={"suspend": True})
                done.append(f"suspended the scheduled backup {name}/{backup['metadata']['name']}")
        with progress.step(f"application {name}") as step:
            for deployment in api.items(DEPLOYMENTS.format(name)):
                replicas = deployment["spec"].get("replicas", 1)
                if replicas > 0:
                    _change(api, DEPLOYMENTS, name, deployment, mark=str(replicas), spec={"replicas": 0})
                    done.append(f"scaled {name}/{deployment['metadata']['name']} from {replicas} to 0")
            # Only then any database, which may be shared: no application may write into one that shuts down.
            progress.until(step, lambda name=name: _still_running(api, name), timeout=DOWN)  # type: ignore[misc]
    for name in settings.apps:
        with progress.step(f"database of {name}") as step:
            for cluster in api.items(CLUSTERS.format(name)):
                if not asked_to_hibernate(cluster):
                    _annotate(api, CLUSTERS, name, cluster, {HIBERNATION: "on"})
                    done.append(f"hibernated the database {name}/{cluster['metadata']['name']}")
            progress.until(step, lambda name=name: _not_hibernated(api, name), timeout=HIBERNATED)  # type: ignore[misc]
    return done


def wake(api: KubeClient, settings: Settings) -> list[str]:
    """Undo what pause has done; give what was done, a sentence each. What starts is not waited for: see ``resume``."""
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
        for backup in api.items(BACKUPS.format(name)):
            if mark_of(backup) is not None:
                _change(api, BACKUPS, name, backup, mark=None, spec={"suspend": False})
                done.append(f"resumed the scheduled backup {name}/{backup['metadata']['name']}")
    return done


def _change(
    api: KubeClient, path: str, app: str, thing: Mapping[str, Any], *, mark: str | None, spec: dict[str, Any]
) -> None:
    """Change fields and the mark together: whatever is interrupted, what was changed is known."""
    name = thing["metadata"]["name"]
    api.patch(f"{path.format(app)}/{name}", {"metadata": {"annotations": {MARK: mark}}, "spec": spec})


def _annotate(
    api: KubeClient, path: str, app: str, thing: Mapping[str, Any], annotations: dict[str, str | None]
) -> None:
    api.patch(f"{path.format(app)}/{thing['metadata']['name']}", {"metadata": {"annotations": annotations}})


def _still_running(api: KubeClient, app: str) -> str | None:
    """Return which pods of an application still run, those of its Jobs and databases left out."""
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
