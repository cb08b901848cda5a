"""The temporary cluster of a restore: what it is, who reaches it, and that nothing of it stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pocdeploy.kube.client import CLUSTERS
from pocdeploy.stacks.backups import copies
from pocdeploy.stacks.backups.errors import BackupError
from pocdeploy.stacks.readiness import HEALTHY
from tests.unit.fakes import FakeApi, FakeClock
from tests.unit.stacks.backups.databases import POLICY, SERVER, cluster

NAME, AT = "polls-db-restore", datetime(2026, 1, 31, 14, tzinfo=UTC)
PATH = f"{CLUSTERS.format('polls')}/{NAME}"
JOBS = "/apis/batch/v1/namespaces/polls/jobs"


def live(api: FakeApi) -> dict[str, Any]:
    return api.objects[f"{CLUSTERS.format('polls')}/polls-db"]


def create(monkeypatch: pytest.MonkeyPatch, api: FakeApi, **status: Any) -> float:
    monkeypatch.setattr(copies, "time", FakeClock(after=lambda: api.objects[PATH].update(status=status)))
    return copies.create(api, live(api), NAME, database="polls", at=AT)


def test_a_copy_restores_and_archives_nothing() -> None:
    spec = copies.manifest(NAME, live(cluster()), database="shop", at=AT)["spec"]
    (origin,) = spec["externalClusters"]

    assert "plugins" not in spec
    assert spec["instances"] == 1
    assert "synchronous" not in spec["postgresql"]
    assert spec["postgresql"]["parameters"] == {"max_connections": "200"}
    assert spec["bootstrap"]["recovery"]["recoveryTarget"] == {"targetTime": "2026-01-31T14:00:00Z"}
    assert (spec["bootstrap"]["recovery"]["database"], origin["plugin"]["parameters"]["serverName"]) == ("shop", SERVER)


def test_the_latest_moment_has_no_target() -> None:
    spec = copies.manifest(NAME, live(cluster()), database="polls", at=None)["spec"]
    assert "recoveryTarget" not in spec["bootstrap"]["recovery"]


def test_only_operator_and_original_reach_a_copy() -> None:
    first, second = copies.policies(NAME, "polls-db", {"spec": POLICY})
    peers = [rule["from"] for rule in first["spec"]["ingress"]]

    assert peers == [
        [{"namespaceSelector": {"matchLabels": {"name": "cnpg-system"}}}],
        [{"podSelector": {"matchLabels": {"cnpg.io/cluster": "polls-db"}}}],
    ]
    assert first["spec"]["egress"] == [{"ports": [{"port": 443}]}, {"ports": [{"port": 7070}]}]
    assert second["spec"]["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "polls-db"}}


def test_a_copy_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    api = cluster()
    assert create(monkeypatch, api, readyInstances=1, phase=HEALTHY) == 10.0
    assert api.log == [f"create {NAME}", f"create {NAME}-readers", f"create {NAME}"]


def test_a_failed_restore_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    api = cluster()
    labels = {"cnpg.io/cluster": NAME}
    failed = {"type": "Failed", "status": "True", "message": "backoff limit"}
    api.add(JOBS, "job", metadata={"labels": labels}, status={"conditions": [failed]})
    with pytest.raises(BackupError, match="was not restored") as raised:
        create(monkeypatch, api)
    assert raised.value.findings[0].actual == "the Job job failed: backoff limit"


def test_a_restore_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError) as raised:
        create(monkeypatch, cluster(), phase="Setting up primary")
    assert raised.value.findings[0].actual == "Setting up primary"


def test_a_copy_is_removed_with_its_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    api = cluster()
    api.add(CLUSTERS.format("polls"), NAME)
    claims = "/api/v1/namespaces/polls/persistentvolumeclaims"
    api.add(claims, f"{NAME}-1", metadata={"labels": {"cnpg.io/cluster": NAME}})
    clock = FakeClock(after=lambda: api.objects.pop(f"{claims}/{NAME}-1", None))
    monkeypatch.setattr(copies, "time", clock)

    assert copies.remove(api, "polls", NAME)
    assert clock.seconds == 2.0
    assert not copies.remove(api, "polls", NAME)


def test_a_copy_that_stays_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    api = cluster()
    labels = {"labels": {"cnpg.io/cluster": NAME}}
    api.add("/api/v1/namespaces/polls/persistentvolumeclaims", f"{NAME}-1", metadata=labels)
    monkeypatch.setattr(copies, "time", FakeClock())
    with pytest.raises(BackupError, match="the copy was not removed within 300 s"):
        copies.remove(api, "polls", NAME)
