"""Test equipment: a cluster with the revisions of one Deployment."""

from __future__ import annotations

from typing import Any

from components.frontend.manifests import FORCE_APPLY
from pocdeploy.release import revisions
from pocdeploy.release.revisions import PASSED_ANNOTATION, RELEASE, REVISION

DEPLOYMENT = "/apis/apps/v1/namespaces/polls/deployments/polls"
REPLICA_SETS = "/apis/apps/v1/namespaces/polls/replicasets"
INGRESS = "/apis/networking.k8s.io/v1/namespaces/polls/ingresses/polls"
SECRETS = "/api/v1/namespaces/polls/secrets"
PROVIDER = "pulumi-kubernetes-1a2b"


def template(number: int, release: str = "") -> dict[str, Any]:
    return {
        "metadata": {
            "labels": {"app": "polls", "pod-template-hash": "abc"},
            "annotations": {RELEASE: release or f"r{number}"},
        },
        "spec": {
            "containers": [{"image": f"image-{number}", "envFrom": [{"secretRef": {"name": environment(number)}}]}]
        },
    }


def environment(number: int) -> str:
    return f"polls-credentials-environment-{number}"


def replica_set(number: int, *, ready: int, passed: bool = False, owner: str = "u1") -> dict[str, Any]:
    annotations = {REVISION: str(number), **({PASSED_ANNOTATION: "true"} if passed else {})}
    return {
        "metadata": {
            "name": f"polls-{number}",
            "annotations": annotations,
            "ownerReferences": [{"uid": owner}],
        },
        "spec": {"template": template(number)},
        "status": {"readyReplicas": ready} if ready else {},
    }


def deployment(number: int) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "polls"}
    metadata = {"name": "polls", "namespace": "polls", "uid": "u1", "labels": labels, "generation": 1}
    status = {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}}
    applied = {"manager": PROVIDER, "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {}}}}
    annotations = {**FORCE_APPLY, REVISION: str(number)}
    return {
        "metadata": {**metadata, "annotations": annotations, "managedFields": [status, applied]},
        "spec": {"selector": {"matchLabels": {"app": "polls"}}, "replicas": 2, "template": template(number)},
        "status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2},
    }


class FakeCluster:
    """The part of a KubeClient that revisions use. A changed template is rolled out at once."""

    def __init__(self, number: int, sets: list[dict[str, Any]], secrets: list[str]) -> None:
        self.deployment, self.sets = deployment(number), sets
        self.secrets = secrets
        self.marked: list[Any] = []
        self.applied: dict[str, Any] = {}
        self.settles = True
        self.ingress: dict[str, Any] | None = None
        self.applied_ingress: list[dict[str, Any]] = []

    def get(self, path: str, **query: str) -> Any:
        if path == DEPLOYMENT:
            return self.deployment
        if (path, query) == (REPLICA_SETS, {"labelSelector": "app=polls"}):
            return {"items": self.sets}
        assert (path, query) == (SECRETS, {"labelSelector": revisions.CREDENTIALS})
        return {"items": [{"metadata": {"name": name}} for name in self.secrets]}

    def get_or_none(self, path: str) -> Any:
        assert path == INGRESS
        return self.ingress

    def delete(self, path: str) -> None:
        self.secrets.remove(path.removeprefix(f"{SECRETS}/"))

    def patch(self, path: str, body: Any) -> None:
        self.marked.append((path.removeprefix(f"{REPLICA_SETS}/"), body["metadata"]["annotations"]))

    def apply(self, path: str, body: Any, *, manager: str) -> None:
        if path == INGRESS:
            assert manager == "pulumi-1"
            self.applied_ingress.append(body)
            return
        assert (path, manager) == (DEPLOYMENT, PROVIDER)
        self.applied = body
        self.deployment["spec"]["template"] = body["spec"]["template"]
        if not self.settles:
            self.deployment["status"]["updatedReplicas"] = 0
