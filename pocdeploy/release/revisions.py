"""The revisions of a Deployment: which one is good, how it is restored, and the Secrets that they need.

A revision is a ReplicaSet. Its pod template names the image, contains the plain configuration and refers to Secrets
whose names change with their contents, so it includes image, configuration and secrets (docs/adr/0009).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from pocdeploy.kube.client import KubeClient

RELEASE = "pocdeploy.dev/release"
"""Annotation of pod templates: the release of a pod. A change of image, configuration or Secret is a new release."""
CONTROLLER = "deployment.kubernetes.io/"
REVISION = f"{CONTROLLER}revision"
PASSED_ANNOTATION = "pocdeploy.dev/passed"
"""Annotation of a ReplicaSet: this revision has passed all checks of a release."""
STOPPED = "pocdeploy.dev/stopped"
"""Annotation of a Deployment: number of its pods before they were stopped."""
CREDENTIALS = "app.kubernetes.io/component=credentials"
POLL_INTERVAL = 1.0  # seconds


class Revisions:
    """The revisions of one Deployment. Every method raises ApiError."""

    def __init__(self, api: KubeClient, namespace: str, name: str) -> None:
        self._api = api
        self._sets = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
        self._deployment = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        self._secrets = f"/api/v1/namespaces/{namespace}/secrets"
        self.namespace, self.name = namespace, name

    def deployment(self) -> dict[str, Any]:
        """Return the Deployment."""
        return self._api.get(self._deployment)

    def all(self, deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the ReplicaSets of the Deployment."""
        sets = self._api.get(self._sets, labelSelector=selector_of(deployment))["items"]
        uid = deployment["metadata"]["uid"]
        return [it for it in sets if any(owner["uid"] == uid for owner in it["metadata"].get("ownerReferences", []))]

    def restore(self, timeout: float) -> str | None:
        """Restore the last good revision, and wait at most ``timeout`` seconds until all pods belong to it.

        Return a sentence that reports the result, or None if there is no revision to restore.
        """
        deployment = self.deployment()
        sets = self.all(deployment)
        current = next((it for it in sets if revision(it) == revision(deployment)), None)
        if current is not None and has_passed(current):
            return f"Revision {revision(current)} serves and has passed its checks before, so nothing was restored."
        good = last_good(deployment, sets)
        if good is None:
            return None
        self._restore_template(deployment, good)
        state = "It serves." if self._wait_until_rolled_out(timeout) else "Its pods are still starting."
        return f"Restored: revision {revision(good)} with its image, configuration and secrets. {state}"

    def roll_forward(self, release: str, timeout: float) -> None:
        """Roll out a release again if the Deployment was rolled back to another one.

        Raises:
            LookupError: no revision has the release.
            TimeoutError: it was not ready in ``timeout`` seconds.
        """
        deployment = self.deployment()
        if release_of(deployment["spec"]["template"]) == release:
            return
        found = [it for it in self.all(deployment) if release_of(it["spec"]["template"]) == release]
        if not found:
            raise LookupError(f"{self.namespace}/{self.name}: no revision has the release {release}")
        self._restore_template(deployment, max(found, key=revision))
        if not self._wait_until_rolled_out(timeout):
            raise TimeoutError(f"{self.namespace}/{self.name}: the release was not ready again in {timeout:.0f} s")

    def is_progressing(self, release: str) -> bool:
        """Return whether the Deployment has the release, and its rollout has advanced within its progress deadline."""
        deployment = self.deployment()
        conditions = deployment.get("status", {}).get("conditions") or []
        advanced = any(it["type"] == "Progressing" and it["status"] == "True" for it in conditions)
        return advanced and release_of(deployment["spec"]["template"]) == release

    def follow(self, release: str | None, timeout: float) -> str | None:
        """Restore the revision of a release, or stop all pods if the Deployment had none yet.

        Return a sentence that reports the result, or None if it has the release or does not exist.
        """
        deployment = self._api.get_or_none(self._deployment)
        if deployment is None or release_of(deployment["spec"]["template"]) == release:
            return None
        found = [it for it in self.all(deployment) if release_of(it["spec"]["template"]) == release]
        if not found:
            self.stop()
            return f"Stopped: {self.name}, which the restored release does not have."
        self._restore_template(deployment, max(found, key=revision))
        state = "" if self._wait_until_rolled_out(timeout) else " Its pods are still starting."
        return f"Restored: {self.name}.{state}"

    def stop(self) -> bool:
        """Stop all pods until `start`; return whether there are any. A Deployment without pods stays as it is."""
        deployment = self._api.get_or_none(self._deployment)
        replicas = deployment["spec"].get("replicas", 1) if deployment else 0
        if replicas:
            mark = {"metadata": {"annotations": {STOPPED: str(replicas)}}, "spec": {"replicas": 0}}
            self._api.patch(self._deployment, mark)
        return bool(replicas)

    def start(self) -> bool:
        """Start the pods that `stop` has stopped; return whether there are any."""
        deployment = self._api.get_or_none(self._deployment)
        stopped = (deployment["metadata"].get("annotations") or {}).get(STOPPED) if deployment else None
        if stopped is not None:
            mark = {"metadata": {"annotations": {STOPPED: None}}, "spec": {"replicas": int(stopped)}}
            self._api.patch(self._deployment, mark)
        return stopped is not None

    def wait_until_stable(self, timeout: float) -> None:
        """Wait until all pods have run as long as they must (``minReadySeconds``).

        Raises TimeoutError if they have not in ``timeout`` seconds.
        """
        if not self._wait(is_available, timeout):
            raise TimeoutError(f"{self.namespace}/{self.name} did not run without interruption within {timeout:.0f} s")

    def mark_as_good(self) -> set[str]:
        """Mark the current revision as good; return the names of the Secrets that any revision refers to."""
        deployment = self.deployment()
        sets = self.all(deployment)
        for current in (it for it in sets if revision(it) == revision(deployment)):
            mark = {"metadata": {"annotations": {PASSED_ANNOTATION: "true"}}}
            self._api.patch(f"{self._sets}/{current['metadata']['name']}", mark)
        used = {name for it in sets for name in secrets_of(it["spec"]["template"])}
        return used | secrets_of(deployment["spec"]["template"])

    def delete_secrets(self, used: Collection[str]) -> None:
        """Delete the Secrets of the application that are not ``used``."""
        prefix = f"{self.name}-credentials-environment-"
        for secret in self._api.get(self._secrets, labelSelector=CREDENTIALS)["items"]:
            name = secret["metadata"]["name"]
            if name.startswith(prefix) and name not in used:
                self._api.delete(f"{self._secrets}/{name}")

    def _wait_until_rolled_out(self, timeout: float) -> bool:
        return self._wait(is_rolled_out, timeout)

    def _wait(self, condition: Callable[[Mapping[str, Any]], bool], timeout: float) -> bool:
        """Wait until the Deployment meets a condition. Return False after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not condition(self.deployment()):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_INTERVAL)
        return True

    def _restore_template(self, deployment: Mapping[str, Any], replica_set: Mapping[str, Any]) -> None:
        """Apply a revision's pod template under the field manager name of Pulumi's provider.

        Server-side apply removes a field only for the manager that has applied it. Under another name, a variable of
        the restored template would stay when the next update does not have it.
        """
        applied = with_template(deployment, template_of(replica_set))
        self._api.apply(self._deployment, applied, manager=manager_of(deployment, "f:template"))


def selector_of(deployment: Mapping[str, Any]) -> str:
    """Return the label selector of a Deployment's pods as a query parameter."""
    return ",".join(f"{key}={value}" for key, value in deployment["spec"]["selector"]["matchLabels"].items())


def revision(owned: Mapping[str, Any]) -> int:
    """Return the revision number that Kubernetes gives to a Deployment or ReplicaSet."""
    return int(owned["metadata"].get("annotations", {}).get(REVISION, 0))


def has_passed(replica_set: Mapping[str, Any]) -> bool:
    """Return whether a revision has passed all checks of a release."""
    return bool(replica_set["metadata"].get("annotations", {}).get(PASSED_ANNOTATION) == "true")


def last_good(deployment: Mapping[str, Any], sets: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the ReplicaSet to restore, or None.

    It is the newest revision before the current one that has passed its checks. If there is none, it is the newest one
    with ready pods.
    """
    before = [it for it in sets if revision(it) < revision(deployment)]
    good = [it for it in before if has_passed(it)] or [it for it in before if _serves(it)]
    return max(good, key=revision, default=None)


def _serves(replica_set: Mapping[str, Any]) -> bool:
    return bool(replica_set.get("status", {}).get("readyReplicas", 0) > 0)


def template_of(replica_set: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ReplicaSet's pod template as its Deployment had it: without the label ``pod-template-hash``."""
    template = replica_set["spec"]["template"]
    labels = {key: value for key, value in template["metadata"]["labels"].items() if key != "pod-template-hash"}
    return {**template, "metadata": {**template["metadata"], "labels": labels}}


def with_template(deployment: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Deployment to apply, with another pod template and otherwise unchanged.

    It has no ``replicas``, which belong to the autoscaler, and no annotations of the Deployment's controller.
    """
    metadata, spec = deployment["metadata"], deployment["spec"]
    annotations = {key: value for key, value in metadata["annotations"].items() if not key.startswith(CONTROLLER)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "labels": metadata["labels"],
            "annotations": annotations,
        },
        "spec": {**{key: value for key, value in spec.items() if key != "replicas"}, "template": dict(template)},
    }


def manager_of(owned: Mapping[str, Any], field: str) -> str:
    """Return the field manager name under which Pulumi's provider applies a field of the spec, as ``f:template``.

    Raises:
        LookupError: the field was not applied server-side.
    """
    for entry in owned["metadata"].get("managedFields") or []:
        if entry["operation"] == "Apply" and field in entry["fieldsV1"].get("f:spec", {}):
            return str(entry["manager"])
    raise LookupError(f"no field manager has applied {field} of {owned['metadata']['name']}")


def release_of(template: Mapping[str, Any]) -> str | None:
    """Return the release of a pod template."""
    found: str | None = template["metadata"].get("annotations", {}).get(RELEASE)
    return found


def secrets_of(template: Mapping[str, Any]) -> set[str]:
    """Return the names of the Secrets that a pod template refers to as environment."""
    return set(_secrets(template))


def _secrets(template: Mapping[str, Any]) -> Iterator[str]:
    for container in template["spec"]["containers"]:
        for source in container.get("envFrom") or []:
            if "secretRef" in source:
                yield source["secretRef"]["name"]


def is_rolled_out(deployment: Mapping[str, Any]) -> bool:
    """Return whether all pods of a Deployment are of its current template and ready."""
    status, replicas = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        and status.get("updatedReplicas", 0) == replicas
        and status.get("readyReplicas", 0) == replicas
        and status.get("replicas", 0) == replicas
    )


def is_available(deployment: Mapping[str, Any]) -> bool:
    """Return whether all pods of a Deployment are of its current template, and have run for ``minReadySeconds``."""
    available = deployment.get("status", {}).get("availableReplicas", 0)
    return is_rolled_out(deployment) and bool(available == deployment["spec"].get("replicas", 1))
