"""The hooks around a rollout, on a fake cluster."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from components.frontend import revisions, rollout
from components.frontend.manifests import RELEASE
from pocdeploy.kube.client import ApiError
from tests.unit.components.frontend.fake_cluster import FakeCluster, replica_set
from tests.unit.components.hooks import capture_hooks, capture_log


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(revisions, "POLL_INTERVAL", 0.0)
    monkeypatch.setattr(rollout, "explanation", lambda *arguments: arguments[-1])
    return capture_hooks(monkeypatch)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return capture_log(monkeypatch)


def client_of(cluster: FakeCluster) -> Any:
    return SimpleNamespace(api=lambda: cluster)


@pytest.mark.parametrize(
    ("operation", "restored"), [("update", True), ("create", False)], ids=["an update", "the first creation"]
)
def test_failed_rollout_is_explained_and_an_update_rolled_back(
    hooks: dict[str, Any], log: list[str], operation: str, restored: bool
) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=0), replica_set(3, ready=2)], [])
    rollout.on_failed_rollout("polls", "polls", client_of(cluster))

    retried = asyncio.run(hooks["polls-rollout"](SimpleNamespace(failed_operation=operation)))

    assert retried is False
    assert log[0] == "The rollout of polls/polls failed."
    assert [line for line in log if "Restored: revision 3" in line] == log[1:]
    assert (len(log) > 1) is restored


def test_failed_smoke_check_restores_the_last_good_revision(hooks: dict[str, Any], log: list[str]) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=2), replica_set(3, ready=0, passed=True)], [])
    rollout.on_failed_smoke("polls", "polls", client_of(cluster))

    failed = SimpleNamespace(failed_operation="create", new_inputs=None)

    assert asyncio.run(hooks["polls-smoke"](failed)) is False
    assert log[0] == "The smoke check of polls/polls failed."
    assert "Restored: revision 3" in log[1]


def test_failed_deletion_of_a_smoke_job_restores_nothing(hooks: dict[str, Any], log: list[str]) -> None:
    cluster = FakeCluster(4, [replica_set(4, ready=2), replica_set(3, ready=0, passed=True)], [])
    rollout.on_failed_smoke("polls", "polls", client_of(cluster))

    assert asyncio.run(hooks["polls-smoke"](SimpleNamespace(failed_operation="delete"))) is False
    assert log == []


def test_smoke_check_tests_the_release_of_its_job(hooks: dict[str, Any]) -> None:
    cluster = FakeCluster(5, [replica_set(5, ready=2), replica_set(4, ready=0)], [])
    rollout.before_smoke("polls", "polls", client_of(cluster))
    inputs = {"spec": {"template": {"metadata": {"annotations": {RELEASE: "r4"}}}}}

    asyncio.run(hooks["polls-before-smoke"](SimpleNamespace(new_inputs=inputs)))

    assert revisions.release_of(cluster.deployment["spec"]["template"]) == "r4"


def unknown() -> Any:
    raise LookupError("the kubeconfig is not known yet")


def refused() -> Any:
    raise ApiError("Forbidden", status=403)


@pytest.mark.parametrize(("api", "cause"), [(unknown, "not known yet"), (refused, "Forbidden")])
def test_failure_of_the_api_is_reported(hooks: dict[str, Any], log: list[str], api: Any, cause: str) -> None:
    client: Any = SimpleNamespace(api=api)
    rollout.on_failed_rollout("polls", "polls", client)
    rollout.after_release("polls", "polls", client)

    asyncio.run(hooks["polls-rollout"](SimpleNamespace(failed_operation="update")))
    asyncio.run(hooks["polls-released"](SimpleNamespace()))

    assert [cause in line for line in log] == [True, True, True]
    assert "The cause is unknown" in log[0]
    assert "rollout undo deployment/polls" in log[1]
    assert "was not marked as good" in log[2]
