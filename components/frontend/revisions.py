"""The revisions of a Deployment: which one is good, how it comes back, and the Secrets that belong to them.

A revision is a ReplicaSet: its pod template names the image, holds the plain configuration and refers to Secrets whose
names change with their content. So one template is image, configuration and secrets together (docs/adr/0009).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from components.frontend.manifests import RELEASE
from pocdeploy.kube.client import ApiError, KubeClient

REVISION = "deployment.kubernetes.io/revision"
PASSED_ANNOTATION = "pocdeploy.dev/passed"
"""On a ReplicaSet: this revision has passed everything that a release has to."""
CREDENTIALS = "app.kubernetes.io/component=credentials"
POLL_INTERVAL = 1.0  # seconds
MANAGER = "pocdeploy-rollback"
"""Who changes a Deployment, in the books that Kubernetes keeps of fields and their owners."""
HAND_OVER_ATTEMPTS = 10


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
        """Put the last good revision back, and wait until all pods are of it again, for at most ``timeout`` seconds.

        Return a sentence about it, or None if there is nothing to go back to.
        """
        deployment = self.deployment()
        sets = self.all(deployment)
        current = next((it for it in sets if revision(it) == revision(deployment)), None)
        if current is not None and has_passed(current):
            return f"Revision {revision(current)}, which serves, had passed before: it is left as it is."
        good = last_good(deployment, sets)
        if good is None:
            return None
        self._put(good)
        serves = "which serves" if self._settled(timeout) else "whose pods are being started"
        return f"Restored: revision {revision(good)} with its image, configuration and secrets, {serves}."

    def roll_forward(self, release: str, timeout: float) -> None:
        """Roll out a release again that a failed attempt has taken back, if the Deployment is not on it.

        Raises:
            LookupError: nothing is known of the release.
            TimeoutError: it did not get ready in ``timeout`` seconds.
        """
        deployment = self.deployment()
        if release_of(deployment["spec"]["template"]) == release:
            return
        wanted = [it for it in self.all(deployment) if release_of(it["spec"]["template"]) == release]
        if not wanted:
            raise LookupError(
                f"{self.namespace}/{self.name} does not run the release {release}, and no revision has it"
            )
        self._put(max(wanted, key=revision))
        if not self._settled(timeout):
            raise TimeoutError(f"{self.namespace}/{self.name} did not get ready again in {timeout:.0f} s")

    def passed(self) -> None:
        """Mark the current revision as good, and remove the Secrets that no revision refers to any more."""
        deployment = self.deployment()
        sets = self.all(deployment)
        for current in (it for it in sets if revision(it) == revision(deployment)):
            mark = {"metadata": {"annotations": {PASSED_ANNOTATION: "true"}}}
            self._api.patch(f"{self._sets}/{current['metadata']['name']}", mark)
        used = {name for it in sets for name in secrets_of(it["spec"]["template"])}
        used |= secrets_of(deployment["spec"]["template"])
        secrets = self._api.get(self._secrets, labelSelector=CREDENTIALS)["items"]
        prefix = f"{self.name}-credentials-environment-"
        for secret in secrets:
            name = secret["metadata"]["name"]
            if name.startswith(prefix) and name not in used:
                self._api.delete(f"{self._secrets}/{name}")

    def _settled(self, timeout: float) -> bool:
        """Wait until all pods are of the present template and ready; return whether they are within ``timeout`` s."""
        deadline = time.monotonic() + timeout
        while not is_rolled_out(self.deployment()):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_INTERVAL)
        return True

    def _put(self, replica_set: Mapping[str, Any]) -> None:
        patch = [{"op": "replace", "path": "/spec/template", "value": template_of(replica_set)}]
        self._api.json_patch(self._deployment, patch, manager=MANAGER)
        self._transfer_field_ownership()

    def _transfer_field_ownership(self) -> None:
        """Make Pulumi the owner of what was put back: else a variable that the next update drops would stay for ever.

        Server-side apply removes a field only if the one who applies owns it, and nobody else does.
        """
        for _ in range(HAND_OVER_ATTEMPTS):
            metadata = self.deployment()["metadata"]
            entries = handed_over(metadata.get("managedFields") or [])
            if entries is None:
                return
            patch = [
                {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
                {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            ]
            try:
                self._api.json_patch(self._deployment, patch, manager=MANAGER)
            except ApiError:  # its controller was faster, and has changed the version
                time.sleep(POLL_INTERVAL)


def selector_of(deployment: Mapping[str, Any]) -> str:
    """Return the label selector of a Deployment's pods, as a query."""
    return ",".join(f"{key}={value}" for key, value in deployment["spec"]["selector"]["matchLabels"].items())


def revision(owned: Mapping[str, Any]) -> int:
    """Return the number that Kubernetes gives to a version of a Deployment."""
    return int(owned["metadata"].get("annotations", {}).get(REVISION, 0))


def has_passed(replica_set: Mapping[str, Any]) -> bool:
    """Return whether a revision has once passed everything that a release has to."""
    return bool(replica_set["metadata"].get("annotations", {}).get(PASSED_ANNOTATION) == "true")


def last_good(deployment: Mapping[str, Any], sets: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the ReplicaSet to go back to, or None.

    Of the revisions before the current one: one that has passed its checks rather than one that merely serves, that
    rather than any other, and of several the newest.
    """
    before = [it for it in sets if revision(it) < revision(deployment)]
    good = [it for it in before if has_passed(it)] or [it for it in before if _serves(it)]
    return max(good, key=revision, default=None)


def _serves(replica_set: Mapping[str, Any]) -> bool:
    return bool(replica_set.get("status", {}).get("readyReplicas", 0) > 0)


def template_of(replica_set: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ReplicaSet's pod template as its Deployment had it: without the label that tells ReplicaSets apart."""
    template = replica_set["spec"]["template"]
    labels = {key: value for key, value in template["metadata"]["labels"].items() if key != "pod-template-hash"}
    return {**template, "metadata": {**template["metadata"], "labels": labels}}


def handed_over(entries: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return ``managedFields`` with what MANAGER owns given to the one who applies; None if there is nothing."""
    mine = [it for it in entries if it.get("manager") == MANAGER]
    applies = [it for it in entries if it.get("operation") == "Apply" and it not in mine]
    if not mine or not applies:
        return None
    heir = {**applies[0], "fieldsV1": _merged(applies[0]["fieldsV1"], *(it["fieldsV1"] for it in mine))}
    return [heir if it is applies[0] else it for it in entries if it not in mine]


def _merged(*fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the union of sets of fields: nested keys, and nothing else."""
    keys = dict.fromkeys(key for each in fields for key in each)
    return {key: _merged(*(each[key] for each in fields if key in each)) for key in keys}


def release_of(template: Mapping[str, Any]) -> str | None:
    """Return which release a pod template belongs to."""
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
    """Return whether all pods of a Deployment are of its present template and ready."""
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        and status.get("updatedReplicas", 0) == wanted
        and status.get("readyReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
    )
