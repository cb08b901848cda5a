"""A failed rollout: what is said of it, and what is put back. The cluster is a fake at the client's edge."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.frontend import rollout

CRASHING = {
    "name": "web",
    "ready": False,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}},
    "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}},
}
PULLING = {"name": "web", "ready": False, "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}
RUNNING = {"name": "web", "ready": False, "state": {"running": {}}}


def replica_set(revision: int, *, ready: int, owner: str = "u1") -> dict[str, Any]:
    return {
        "metadata": {"annotations": {rollout.REVISION: str(revision)}, "ownerReferences": [{"uid": owner}]},
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "polls", "pod-template-hash": "abc"}},
                "spec": {"containers": [{"image": f"image-{revision}"}]},
            }
        },
        "status": {"readyReplicas": ready} if ready else {},
    }


DEPLOYMENT = {
    "metadata": {"uid": "u1", "annotations": {rollout.REVISION: "4"}},
    "spec": {"selector": {"matchLabels": {"app": "polls"}}},
}


@pytest.mark.parametrize(
    ("sets", "good"),
    [
        ([replica_set(4, ready=0), replica_set(3, ready=2), replica_set(2, ready=1)], 3),
        ([replica_set(4, ready=0), replica_set(3, ready=0), replica_set(2, ready=2)], 2),  # 3 was bad, too
        ([replica_set(4, ready=1), replica_set(5, ready=1)], None),
        ([replica_set(4, ready=0), replica_set(3, ready=2, owner="another")], None),
        ([], None),
    ],
)
def test_the_last_revision_that_serves_is_the_good_one(sets: list[dict[str, Any]], good: int | None) -> None:
    found = rollout.last_good(DEPLOYMENT, sets)

    assert (rollout.revision(found) if found else None) == good


def test_the_template_is_that_of_the_deployment() -> None:
    template = rollout.template_of(replica_set(3, ready=1))

    assert template["metadata"]["labels"] == {"app": "polls"}
    assert template["spec"] == {"containers": [{"image": "image-3"}]}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (CRASHING, "CrashLoopBackOff back-off 20s; ended with exit code 3 (Error)"),
        (PULLING, "ErrImagePull not found"),
        (RUNNING, "runs, but its probe fails"),
    ],
)
def test_why_a_container_is_not_ready(status: dict[str, Any], words: str) -> None:
    assert rollout.why(status) == words


class FakeCluster:
    """Answers as the kubernetes client does, with plain dicts for objects."""

    def __init__(self, status: dict[str, Any]) -> None:
        self.patches: list[Any] = []
        self.log_of: list[tuple[str, bool]] = []
        self.pod = {"metadata": {"name": "polls-1", "namespace": "polls"}, "status": {"containerStatuses": [status]}}

    def sanitize_for_serialization(self, what: Any) -> Any:
        return what

    def read_namespaced_deployment(self, *_: str) -> Any:
        return DEPLOYMENT

    def list_namespaced_replica_set(self, *_: str, **__: str) -> Any:
        return {"items": [replica_set(4, ready=0), replica_set(3, ready=2)]}

    def list_namespaced_pod(self, *_: str, **__: str) -> Any:
        return {"items": [self.pod]}

    def read_namespaced_pod_log(self, name: str, *_: str, previous: bool, **__: Any) -> str:
        self.log_of.append((name, previous))
        return "Traceback\nImproperlyConfigured: no SECRET_KEY"

    def patch_namespaced_deployment(self, *patch: Any) -> None:
        self.patches.append(patch)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    fake = FakeCluster(CRASHING)
    for api in ("AppsV1Api", "CoreV1Api"):
        monkeypatch.setattr(f"kubernetes.client.{api}", lambda client: client)
    return fake


def access(cluster: Any) -> Any:
    return SimpleNamespace(client=lambda: cluster)


def test_a_failed_update_is_explained_and_taken_back(cluster: FakeCluster) -> None:
    lines = rollout.explain_and_restore(access(cluster), "polls", "polls", restore=True)

    assert lines == [
        "The rollout of polls/polls failed.",
        "  pod polls-1, container web: CrashLoopBackOff back-off 20s; ended with exit code 3 (Error)",
        "    | Traceback",
        "    | ImproperlyConfigured: no SECRET_KEY",
        "Restored: revision 3, which has served all the time.",
        "Look further: kubectl --namespace polls describe pods --selector app=polls",
    ]
    assert cluster.log_of == [("polls-1", True)]
    template = rollout.template_of(replica_set(3, ready=2))
    assert cluster.patches == [("polls", "polls", [{"op": "replace", "path": "/spec/template", "value": template}])]


def test_a_failed_creation_has_nothing_to_go_back_to(cluster: FakeCluster) -> None:
    lines = rollout.explain_and_restore(access(cluster), "polls", "polls", restore=False)

    assert cluster.patches == []
    assert "Restored" not in " ".join(lines)


def test_a_cluster_that_does_not_answer_hides_nothing() -> None:
    def unknown() -> Any:
        raise LookupError("the kubeconfig is not known yet")

    lines = rollout.explain_and_restore(SimpleNamespace(client=unknown), "polls", "polls", restore=True)  # type: ignore[arg-type]

    assert lines == [
        "The rollout of polls/polls failed, and the cluster could not be asked why: the kubeconfig is not known yet"
    ]
