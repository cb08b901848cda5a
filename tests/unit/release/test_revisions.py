"""The revisions of a Deployment: which one is restored, what is restored, and which Secrets are deleted."""

from __future__ import annotations

from typing import Any

import pytest

from components.frontend.manifests import FORCE_APPLY
from pocdeploy.release import revisions
from pocdeploy.release.revisions import PASSED_ANNOTATION, Revisions
from tests.unit.release.fake_cluster import (
    FakeCluster,
    deployment,
    environment,
    replica_set,
    template,
)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "POLL_INTERVAL", 0.0)


def of_polls(cluster: FakeCluster) -> Revisions:
    api: Any = cluster
    return Revisions(api, "polls", "polls")


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
def test_last_good_revision_has_passed_or_else_serves(sets: list[dict[str, Any]], good: int | None) -> None:
    found = revisions.last_good(deployment(4), sets)

    assert (revisions.revision(found) if found else None) == good


def test_template_has_no_hash_label() -> None:
    restored = revisions.template_of(replica_set(3, ready=1))

    assert restored["metadata"]["labels"] == {"app": "polls"}
    assert restored["spec"] == template(3)["spec"]


@pytest.mark.parametrize(
    ("status", "rolled_out"),
    [
        ({}, True),
        ({"observedGeneration": 0}, False),  # the status is that of the template before
        ({"updatedReplicas": 1}, False),
        ({"readyReplicas": 1}, False),
        ({"replicas": 3}, False),  # an old pod still exists
    ],
)
def test_a_rollout_ends_when_all_pods_are_new_and_ready(status: dict[str, int], rolled_out: bool) -> None:
    one = deployment(4)
    one["status"].update(status)

    assert revisions.is_rolled_out(one) is rolled_out


def test_image_configuration_and_secrets_are_restored_together() -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])

    result = of_polls(cluster).restore(1)

    assert result == "Restored: revision 3 with its image, configuration and secrets. It serves."
    assert cluster.deployment["spec"]["template"]["spec"] == template(3)["spec"]


def test_only_the_template_is_changed() -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])
    before = deployment(4)

    of_polls(cluster).restore(1)

    assert cluster.applied == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "polls",
            "namespace": "polls",
            "labels": before["metadata"]["labels"],
            "annotations": FORCE_APPLY,
        },
        "spec": {
            "selector": before["spec"]["selector"],
            "template": revisions.template_of(replica_set(3, ready=2)),
        },
    }


@pytest.mark.parametrize("operation", ["Update", "Apply"])
def test_template_without_an_applying_manager_is_an_error(operation: str) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])
    other = {"manager": "kubectl", "operation": operation, "fieldsV1": {"f:metadata": {}}}
    cluster.deployment["metadata"]["managedFields"] = [other]

    with pytest.raises(LookupError, match="no field manager has applied f:template"):
        of_polls(cluster).restore(1)


def test_restore_ends_at_its_timeout() -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])
    cluster.settles = False

    assert "Its pods are still starting." in (of_polls(cluster).restore(0) or "")


def test_release_that_has_passed_stays_when_a_later_check_fails() -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=2, passed=True), replica_set(3, ready=0, passed=True)], [])

    assert "nothing was restored" in (of_polls(cluster).restore(1) or "")
    assert cluster.deployment["spec"]["template"] == template(4)


def test_first_revision_has_nothing_to_restore() -> None:
    cluster = FakeCluster(1, [replica_set(1, ready=0), replica_set(3, ready=2, owner="another")], [])

    assert of_polls(cluster).restore(1) is None


def test_restored_release_is_rolled_out_again() -> None:
    cluster = FakeCluster(5, [replica_set(5, ready=2), replica_set(4, ready=0)], [])

    of_polls(cluster).roll_forward("r4", 1)

    assert revisions.release_of(cluster.deployment["spec"]["template"]) == "r4"


def test_unknown_release_is_an_error() -> None:
    with pytest.raises(LookupError, match="r9"):
        of_polls(FakeCluster(5, [replica_set(5, ready=2)], [])).roll_forward("r9", 1)


def test_roll_forward_ends_at_its_timeout() -> None:
    cluster = FakeCluster(5, [replica_set(5, ready=2), replica_set(4, ready=0)], [])
    cluster.settles = False

    with pytest.raises(TimeoutError):
        of_polls(cluster).roll_forward("r4", 0)


def test_good_release_is_marked_and_unused_secrets_are_deleted() -> None:
    others = ["polls-credentials-admin-1", "site-credentials-environment-1"]
    secrets = [*map(environment, (1, 3, 4)), *others]
    cluster = FakeCluster(4, [replica_set(4, ready=2), replica_set(3, ready=0)], secrets)

    revisions = of_polls(cluster)
    revisions.delete_secrets(revisions.mark_as_good())

    assert cluster.marked == [("polls-4", {PASSED_ANNOTATION: "true"})]
    assert cluster.secrets == [environment(3), environment(4), *others]
