"""Before a deployed database is changed: what the live cluster says against it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from components.backend import changes, gate
from pocdeploy.config import Database
from pocdeploy.stacks.databases import DeployedDatabase
from tests.unit.components.hooks import NO_CLUSTER, capture_hooks

CLAIMS = "/api/v1/namespaces/polls/persistentvolumeclaims"
CLUSTER = "/apis/postgresql.cnpg.io/v1/namespaces/polls/clusters/polls-db"
THERE = DeployedDatabase(spec={"imageName": "postgres:17.5", "storage": {"size": "1Gi"}}, settings={}, is_masked=False)
GROWN = {"storage": ("1Gi", "2Gi")}


def api(*, classes: dict[str, Any], phase: str = gate.HEALTHY, claims: tuple[str | None, ...] = ("fast",)) -> Any:
    """Return a client of a cluster with these StorageClasses, claims of these classes, and a database."""

    def items(path: str, **query: str) -> list[Any]:
        assert (path, query) == (CLAIMS, {"labelSelector": "cnpg.io/cluster=polls-db"})
        return [{"spec": {"storageClassName": name} if name else {}} for name in claims]

    def get(path: str) -> Any:
        assert path == CLUSTER
        return {"status": {"phase": phase}}

    def get_or_none(path: str) -> Any:
        return classes.get(path.removeprefix("/apis/storage.k8s.io/v1/storageclasses/"))

    return SimpleNamespace(items=items, get=get, get_or_none=get_or_none)


@pytest.mark.parametrize(
    ("classes", "claims", "grows"),
    [
        ({"fast": {"allowVolumeExpansion": True}}, ("fast", "fast"), True),
        ({"fast": {}}, ("fast",), False),
        ({}, ("fast",), False),
        ({"fast": {"allowVolumeExpansion": True}}, ("fast", "slow"), False),
        ({}, (None,), False),
    ],
)
def test_volumes_grow_if_all_their_classes_can(classes: Any, claims: tuple[str | None, ...], grows: bool) -> None:
    found = changes.findings(api(classes=classes, claims=claims), "polls", GROWN, None)

    assert [it.where for it in found] == ([] if grows else ["pocdeploy:apps.polls.database.storage"])


@pytest.mark.parametrize(("phase", "count"), [(gate.HEALTHY, 0), ("Failing over", 1)])
def test_only_a_healthy_database_is_upgraded(phase: str, count: int) -> None:
    found = changes.findings(api(classes={}, phase=phase), "polls", {}, (17, 18))

    assert [it.actual for it in found] == ["Failing over"] * count


@pytest.mark.parametrize(
    ("settings", "is_checked"),
    [
        (Database(version=17), False),
        (Database(version=17, instances=5, parameters={"work_mem": "8MB"}), False),
        (Database(version=17, storage="2Gi"), True),
        (Database(version=18), True),
    ],
)
def test_few_changes_are_checked(monkeypatch: pytest.MonkeyPatch, settings: Database, is_checked: bool) -> None:
    capture_hooks(monkeypatch)

    assert bool(changes.hooks("polls", settings, THERE, NO_CLUSTER)) is is_checked
    assert changes.hooks("polls", settings, None, NO_CLUSTER) == []


def test_refused_change_fails_before_the_update(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = capture_hooks(monkeypatch)
    client: Any = SimpleNamespace(api=lambda: api(classes={}))
    changes.hooks("polls", Database(version=17, storage="2Gi"), THERE, client)

    with pytest.raises(changes.ChangeRefusedError, match="does not allow it to grow"):
        asyncio.run(hooks["polls-db-before-change"](None))
