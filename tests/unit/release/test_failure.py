"""One message of a failed release: which part, why, and what was restored."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.kube.client import ApiError
from pocdeploy.release import failure, hosts, revisions
from tests.unit.release.fake_cluster import FakeCluster, replica_set
from tests.unit.release.test_group import Cluster, group


@pytest.fixture(autouse=True)
def _explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "POLL_INTERVAL", 0.0)
    monkeypatch.setattr(hosts, "route", lambda *_: None)
    monkeypatch.setattr(
        failure,
        "explanation",
        lambda _, namespace, selector, summary, **__: f"{summary}\n| log of {namespace} {selector}",
    )


def test_failed_process_is_named_with_its_log_and_the_result() -> None:
    cluster = Cluster(polls=(3, 4), polls_worker=(3, 4))
    text = failure.rollout(group(cluster, "polls-worker"), "polls-worker", restore=True)

    assert text
    lines = text.splitlines()
    assert lines[:2] == [
        "The process worker of polls failed: the rollout of polls/polls-worker.",
        "| log of polls of=polls-worker",
    ]
    assert lines[2].startswith("Restored: revision 3")
    assert cluster.releases() == {"polls": "r3", "polls-worker": "r3"}


def test_second_failure_of_one_release_says_nothing() -> None:
    cluster = Cluster(polls=(3, 4), polls_worker=(3, 4), polls_mail=(3, 4))
    failing = group(cluster, "polls-worker", "polls-mail")
    texts = [failure.rollout(failing, name, restore=True) for name in ("polls-worker", "polls", "polls-mail")]

    assert [bool(text) for text in texts] == [True, False, False]
    assert failure.check(failing, "of=smoke", "The smoke check failed.") is None
    assert set(cluster.releases().values()) == {"r3"}


def test_failure_without_restoration_changes_nothing() -> None:
    cluster = Cluster(polls=(3, 4))
    text = failure.rollout(group(cluster), "polls", restore=False)

    assert text == "The rollout of polls/polls failed.\n| log of polls of=polls"
    assert cluster.releases() == {"polls": "r4"}


def test_first_release_has_nothing_to_restore() -> None:
    cluster = Cluster(polls=(1,))
    cluster.sets["polls"][0]["metadata"]["annotations"].pop(revisions.PASSED_ANNOTATION, None)

    assert "polls/polls has no earlier revision" in str(failure.check(group(cluster), "", "It failed."))


@pytest.mark.parametrize(("status", "expected"), [("True", True), ("False", False)])
def test_progress_is_what_kubernetes_reports(status: str, expected: bool) -> None:
    cluster: Any = FakeCluster(4, [replica_set(4, ready=1)], [])
    cluster.deployment["status"]["conditions"] = [{"type": "Progressing", "status": status}]

    assert failure.is_progressing(group(cluster), "polls", "r4") is expected


def test_error_of_the_api_is_no_progress() -> None:
    cluster: Any = FakeCluster(4, [], [])

    def refused(path: str, **query: str) -> Any:
        raise ApiError("Forbidden", status=403)

    cluster.get = refused

    assert failure.is_progressing(group(cluster), "polls", "r4") is False
