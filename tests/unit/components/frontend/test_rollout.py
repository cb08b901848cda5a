"""The hooks around a rollout, on a fake cluster."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from components.frontend import rollout
from pocdeploy.config import AppSettings
from pocdeploy.kube.client import ApiError
from pocdeploy.release import failure, hosts, revisions
from pocdeploy.release.group import Group
from pocdeploy.release.limits import limits
from pocdeploy.release.revisions import RELEASE
from tests.unit.components.hooks import capture_hooks, capture_log
from tests.unit.release.fake_cluster import FakeCluster, replica_set

LIMIT = limits(AppSettings())


def failed(operation: str, attempt: int = 1, release: str = "r4") -> Any:
    """Return what a hook gets of a failed operation on the Deployment."""
    inputs = {"spec": {"template": {"metadata": {"annotations": {RELEASE: release}}}}}
    return SimpleNamespace(failed_operation=operation, errors=["timed out"] * attempt, new_inputs=inputs)


def progressing(status: str) -> list[dict[str, str]]:
    return [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": status}]


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(revisions, "POLL_INTERVAL", 0.0)
    monkeypatch.setattr(failure, "explanation", lambda *arguments, **_: arguments[-1])
    return capture_hooks(monkeypatch)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return capture_log(monkeypatch)


def group(cluster: FakeCluster) -> Group:
    return of_api(lambda: cluster)


def of_api(api: Any) -> Group:
    return Group(name="polls", namespace="polls", api=api, limit=LIMIT)


@pytest.mark.parametrize(
    ("operation", "restored"), [("update", True), ("create", False)], ids=["an update", "the first creation"]
)
def test_failed_rollout_is_explained_and_an_update_rolled_back(
    hooks: dict[str, Any], log: list[str], operation: str, restored: bool
) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])
    cluster.deployment["status"]["conditions"] = progressing("False")
    rollout.on_failed_rollout(group(cluster))

    retried = asyncio.run(hooks["polls-rollout"](failed(operation)))

    assert retried is False
    (text,) = log
    assert text.startswith("The rollout of polls/polls failed.")
    assert ("Restored: revision 3" in text) is restored


@pytest.mark.parametrize(
    ("attempt", "release", "waits"),
    [(1, "r4", True), (LIMIT.attempts, "r4", False), (1, "r5", False)],
    ids=["slow", "slower than the limit", "refused by the API"],
)
def test_slow_rollout_is_waited_for_and_not_taken_back(
    hooks: dict[str, Any], log: list[str], attempt: int, release: str, waits: bool
) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=1), replica_set(3, ready=1)], [])
    cluster.deployment["status"]["conditions"] = progressing("True")
    rollout.on_failed_rollout(group(cluster))

    assert asyncio.run(hooks["polls-rollout"](failed("update", attempt, release))) is waits
    assert bool(cluster.applied) is not waits
    assert bool(log) is not waits


def test_failed_smoke_check_restores_the_last_good_revision(hooks: dict[str, Any], log: list[str]) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=2), replica_set(3, ready=0, passed=True)], [])
    rollout.on_failed_smoke(group(cluster))

    job = SimpleNamespace(failed_operation="create", new_inputs=None)

    assert asyncio.run(hooks["polls-smoke"](job)) is False
    (text,) = log
    assert text.startswith("The smoke check of polls/polls failed.")
    assert "Restored: revision 3" in text


def test_route_that_cannot_be_restored_is_reported(
    hooks: dict[str, Any], log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=2), replica_set(3, ready=0, passed=True)], [])
    monkeypatch.setattr(hosts, "route", lambda *_: refused())
    rollout.on_failed_smoke(group(cluster))
    asyncio.run(hooks["polls-smoke"](SimpleNamespace(failed_operation="create", new_inputs=None)))

    assert "Restored: revision 3" in log[0]
    assert "Its host was not routed: Forbidden" in log[0]


def test_failed_deletion_of_a_smoke_job_restores_nothing(hooks: dict[str, Any], log: list[str]) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=2), replica_set(3, ready=0, passed=True)], [])
    rollout.on_failed_smoke(group(cluster))

    assert asyncio.run(hooks["polls-smoke"](SimpleNamespace(failed_operation="delete"))) is False
    assert log == []


def test_smoke_check_tests_the_release_of_its_job(hooks: dict[str, Any]) -> None:
    cluster = FakeCluster(5, [replica_set(5, ready=2), replica_set(4, ready=0)], [])
    rollout.before_last_step(group(cluster), "smoke")
    inputs = {"spec": {"template": {"metadata": {"annotations": {RELEASE: "r4"}}}}}

    asyncio.run(hooks["polls-before-smoke"](SimpleNamespace(new_inputs=inputs)))

    assert revisions.release_of(cluster.deployment["spec"]["template"]) == "r4"


def test_release_that_fails_again_in_the_last_step_is_restored(hooks: dict[str, Any], log: list[str]) -> None:
    """The revision is gone, so it cannot be rolled out again."""
    cluster = FakeCluster(4, [replica_set(4, ready=2), replica_set(3, ready=2, passed=True)], [])
    rollout.before_last_step(group(cluster), "smoke")
    inputs = {"spec": {"template": {"metadata": {"annotations": {RELEASE: "r9"}}}}}

    with pytest.raises(LookupError):
        asyncio.run(hooks["polls-before-smoke"](SimpleNamespace(new_inputs=inputs)))
    assert len(log) == 1
    assert "no revision has the release r9" in log[0]
    assert "Restored: revision 3" in log[0]


def unknown() -> Any:
    raise LookupError("the kubeconfig is not known yet")


def refused() -> Any:
    raise ApiError("Forbidden", status=403)


@pytest.mark.parametrize(("api", "cause"), [(unknown, "not known yet"), (refused, "Forbidden")])
def test_failure_of_the_api_is_reported(hooks: dict[str, Any], log: list[str], api: Any, cause: str) -> None:
    rollout.on_failed_rollout(of_api(api))
    rollout.after_release(of_api(api))

    asyncio.run(hooks["polls-rollout"](failed("update")))
    asyncio.run(hooks["polls-released"](SimpleNamespace()))

    assert [cause in line for line in log] == [True, True]
    assert "The cause is unknown" in log[0]
    assert "rollout undo deployment/polls" in log[0]
    assert "was not marked as good" in log[1]
