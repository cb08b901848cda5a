"""A failed release: what is put back, and what is kept of it. The cluster is a fake at the client's edge."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components.frontend import revisions, rollout
from components.frontend.manifests import RELEASE
from components.frontend.revisions import PASSED_ANNOTATION, REVISION, Revisions
from pocdeploy.kube.client import ApiError


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
    return {
        "metadata": {"uid": "u1", "annotations": {REVISION: str(number)}, "generation": 1},
        "spec": {"selector": {"matchLabels": {"app": "polls"}}, "replicas": 2, "template": template(number)},
        "status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2},
    }


@pytest.mark.parametrize(
    ("sets", "good"),
    [
        ([replica_set(4, ready=0), replica_set(3, ready=2), replica_set(2, ready=1)], 3),
        ([replica_set(4, ready=0), replica_set(3, ready=0), replica_set(2, ready=2)], 2),  # 3 was bad, too
        ([replica_set(4, ready=2), replica_set(3, ready=1), replica_set(2, ready=0, passed=True)], 2),
        ([replica_set(4, ready=2), replica_set(3, ready=0, passed=True), replica_set(2, ready=0, passed=True)], 3),
        ([replica_set(4, ready=1), replica_set(5, ready=1, passed=True)], None),
        ([], None),
    ],
)
def test_the_last_revision_that_has_passed_or_else_serves_is_the_good_one(
    sets: list[dict[str, Any]], good: int | None
) -> None:
    found = revisions.last_good(deployment(4), sets)

    assert (revisions.revision(found) if found else None) == good


def test_the_template_is_that_of_the_deployment() -> None:
    restored = revisions.template_of(replica_set(3, ready=1))

    assert restored["metadata"]["labels"] == {"app": "polls"}
    assert restored["spec"] == template(3)["spec"]


@pytest.mark.parametrize(
    ("status", "rolled_out"),
    [
        ({}, True),
        ({"observedGeneration": 0}, False),  # what is said is of the template before
        ({"updatedReplicas": 1}, False),
        ({"readyReplicas": 1}, False),
        ({"replicas": 3}, False),  # an old pod is still there
    ],
)
def test_a_deployment_is_rolled_out_when_all_pods_are_new_and_ready(status: dict[str, int], rolled_out: bool) -> None:
    one = deployment(4)
    one["status"].update(status)

    assert revisions.is_rolled_out(one) is rolled_out


DEPLOYMENT = "/apis/apps/v1/namespaces/polls/deployments/polls"
REPLICA_SETS = "/apis/apps/v1/namespaces/polls/replicasets"
SECRETS = "/api/v1/namespaces/polls/secrets"
APPLIED = {"manager": "pulumi-kubernetes-1a2b", "operation": "Apply", "fieldsV1": {"f:spec": {"f:a": {}}}}


class FakeCluster:
    """As much of a KubeClient as revisions need; a patched template is rolled out at once."""

    def __init__(self, number: int, sets: list[dict[str, Any]], secrets: list[str]) -> None:
        self.deployment, self.sets = deployment(number), sets
        self.secrets = secrets
        self.marked: list[Any] = []
        self.settles = True

    def get(self, path: str, **query: str) -> Any:
        if path == DEPLOYMENT:
            return self.deployment
        if (path, query) == (REPLICA_SETS, {"labelSelector": "app=polls"}):
            return {"items": self.sets}
        assert (path, query) == (SECRETS, {"labelSelector": revisions.CREDENTIALS})
        return {"items": [{"metadata": {"name": name}} for name in self.secrets]}

    def delete(self, path: str) -> None:
        self.secrets.remove(path.removeprefix(f"{SECRETS}/"))

    def patch(self, path: str, body: Any) -> None:
        self.marked.append((path.removeprefix(f"{REPLICA_SETS}/"), body["metadata"]["annotations"]))

    def json_patch(self, path: str, operations: Any, *, manager: str) -> None:
        assert (path, manager) == (DEPLOYMENT, revisions.MANAGER)
        if operations[0]["path"] == "/metadata/resourceVersion":
            self.deployment["metadata"]["managedFields"] = operations[1]["value"]
            return
        assert operations[0]["path"] == "/spec/template"
        mine = {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {"f:b": {}}}}
        self.deployment["metadata"].update(managedFields=[APPLIED, mine], resourceVersion="7")
        self.deployment["spec"]["template"] = operations[0]["value"]
        if not self.settles:
            self.deployment["status"]["updatedReplicas"] = 0


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(revisions, "POLL_INTERVAL", 0.0)
    return FakeCluster


def access(cluster: Any) -> Any:
    return SimpleNamespace(api=lambda: cluster)


def test_image_configuration_and_secrets_come_back_together(make: Any) -> None:
    cluster = make(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])

    said = Revisions(cluster, "polls", "polls").restore(1)

    assert said == "Restored: revision 3 with its image, configuration and secrets, which serves."
    assert cluster.deployment["spec"]["template"]["spec"] == template(3)["spec"]


def test_what_is_put_back_belongs_to_the_one_who_applies(make: Any) -> None:
    cluster = make(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])

    Revisions(cluster, "polls", "polls").restore(1)

    both = {"f:spec": {"f:a": {}, "f:b": {}}}
    assert cluster.deployment["metadata"]["managedFields"] == [{**APPLIED, "fieldsV1": both}]


def test_where_nobody_applies_nothing_is_handed_over() -> None:
    mine = {"manager": revisions.MANAGER, "operation": "Update", "fieldsV1": {}}

    assert revisions.handed_over([mine]) is None
    assert revisions.handed_over([APPLIED]) is None


def test_a_restored_revision_is_not_waited_for_for_ever(make: Any) -> None:
    cluster = make(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])
    cluster.settles = False

    assert "whose pods are being started" in (Revisions(cluster, "polls", "polls").restore(0) or "")


def test_a_release_that_had_passed_is_left_when_another_check_of_it_fails(make: Any) -> None:
    cluster = make(4, [replica_set(4, ready=2, passed=True), replica_set(3, ready=0, passed=True)], [])

    assert "is left as it is" in (Revisions(cluster, "polls", "polls").restore(1) or "")
    assert cluster.deployment["spec"]["template"] == template(4)


def test_the_first_revision_has_nothing_to_go_back_to(make: Any) -> None:
    cluster = make(1, [replica_set(1, ready=0), replica_set(3, ready=2, owner="another")], [])

    assert Revisions(cluster, "polls", "polls").restore(1) is None


def test_a_release_that_was_taken_back_is_rolled_out_again_before_it_is_checked(make: Any) -> None:
    cluster = make(5, [replica_set(5, ready=2), replica_set(4, ready=0)], [])

    Revisions(cluster, "polls", "polls").roll_forward("r4", 1)

    assert revisions.release_of(cluster.deployment["spec"]["template"]) == "r4"


def test_a_release_that_nobody_knows_is_not_checked(make: Any) -> None:
    with pytest.raises(LookupError, match="r9"):
        Revisions(make(5, [replica_set(5, ready=2)], []), "polls", "polls").roll_forward("r9", 1)


def test_a_release_that_does_not_get_ready_again_is_not_waited_for_for_ever(make: Any) -> None:
    cluster = make(5, [replica_set(5, ready=2), replica_set(4, ready=0)], [])
    cluster.settles = False

    with pytest.raises(TimeoutError):
        Revisions(cluster, "polls", "polls").roll_forward("r4", 0)


def test_a_good_release_is_marked_and_secrets_that_no_revision_needs_go(make: Any) -> None:
    others = ["polls-credentials-admin-1", "site-credentials-environment-1"]
    secrets = [*map(environment, (1, 3, 4)), *others]
    cluster = make(4, [replica_set(4, ready=2), replica_set(3, ready=0)], secrets)

    Revisions(cluster, "polls", "polls").passed()

    assert cluster.marked == [("polls-4", {PASSED_ANNOTATION: "true"})]
    assert cluster.secrets == [environment(3), environment(4), *others]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is logged; hooks are made without an engine, and explanations without a cluster."""
    lines: list[str] = []
    for name in ("ErrorHook", "ResourceHook"):
        monkeypatch.setattr(pulumi, name, lambda _, callback, *__: callback)
    for level in ("error", "warn"):
        monkeypatch.setattr(pulumi.log, level, lines.append)
    monkeypatch.setattr(rollout, "explanation", lambda *about: about[-1])
    return lines


@pytest.mark.parametrize(
    ("operation", "restored"), [("update", True), ("create", False)], ids=["an update", "the first creation"]
)
def test_a_failed_rollout_is_explained_and_an_update_taken_back(
    make: Any, said: list[str], operation: str, restored: bool
) -> None:
    cluster = make(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])
    hook: Any = rollout.on_failed_rollout("polls", "polls", access(cluster))

    again = asyncio.run(hook(SimpleNamespace(failed_operation=operation)))

    assert again is False
    assert said[0] == "The rollout of polls/polls failed."
    assert [line for line in said if "Restored: revision 3" in line] == said[1:]
    assert (len(said) > 1) is restored


def test_a_failed_smoke_check_takes_the_release_back(make: Any, said: list[str]) -> None:
    cluster = make(4, [replica_set(4, ready=2), replica_set(3, ready=0, passed=True)], [])
    hook: Any = rollout.on_failed_smoke("polls", "polls", access(cluster))

    assert asyncio.run(hook(SimpleNamespace(failed_operation="create", new_inputs=None))) is False
    assert said[0] == "The smoke check of polls/polls failed."
    assert "Restored: revision 3" in said[1]


def test_a_smoke_job_that_cannot_be_deleted_takes_nothing_back(make: Any, said: list[str]) -> None:
    cluster = make(4, [replica_set(4, ready=2), replica_set(3, ready=0, passed=True)], [])
    hook: Any = rollout.on_failed_smoke("polls", "polls", access(cluster))

    assert asyncio.run(hook(SimpleNamespace(failed_operation="delete"))) is False
    assert said == []


def test_what_is_checked_is_what_the_job_says(make: Any, said: list[str]) -> None:
    cluster = make(5, [replica_set(5, ready=2), replica_set(4, ready=0)], [])
    hook: Any = rollout.before_smoke("polls", "polls", access(cluster))
    inputs = {"spec": {"template": {"metadata": {"annotations": {RELEASE: "r4"}}}}}

    asyncio.run(hook(SimpleNamespace(new_inputs=inputs)))

    assert revisions.release_of(cluster.deployment["spec"]["template"]) == "r4"


def unknown() -> Any:
    raise LookupError("the kubeconfig is not known yet")


def refused() -> Any:
    raise ApiError("Forbidden", status=403)


@pytest.mark.parametrize(("client", "words"), [(unknown, "not known yet"), (refused, "Forbidden")])
def test_a_cluster_that_does_not_answer_hides_nothing(said: list[str], client: Any, words: str) -> None:
    silent: Any = SimpleNamespace(api=client)
    hook: Any = rollout.on_failed_rollout("polls", "polls", silent)
    remember: Any = rollout.after_release("polls", "polls", silent)

    asyncio.run(hook(SimpleNamespace(failed_operation="update")))
    asyncio.run(remember(SimpleNamespace()))

    assert [words in line for line in said] == [True, True, True]
    assert "The cause is unknown" in said[0]
    assert "rollout undo deployment/polls" in said[1]
    assert "could not be marked as good" in said[2]
