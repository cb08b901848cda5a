"""Runs of a pod's containers."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.kube.pods import ContainerRun, container_runs, has_ended, restart_reason

RUN = ContainerRun("polls-a", "u", "web", 1)


def pod(**status: Any) -> dict[str, Any]:
    web = {"name": "web", "restartCount": 1, "state": {"running": {}}, **status}
    return {"metadata": {"name": "polls-a", "uid": "u"}, "status": {"containerStatuses": [web]}}


@pytest.mark.parametrize(
    ("state", "runs"),
    [({"running": {}}, [RUN]), ({"terminated": {}}, [RUN]), ({"waiting": {}}, []), ({}, []), (None, [])],
)
def test_runs_that_have_begun(state: Any, runs: list[ContainerRun]) -> None:
    assert container_runs(pod(state=state)) == runs


def test_a_pod_without_status_has_no_runs() -> None:
    assert container_runs({"metadata": {"name": "polls-a", "uid": "u"}}) == []


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ({"terminated": {"reason": "OOMKilled", "exitCode": 137}}, "OOMKilled, exit code 137"),
        ({"terminated": {"exitCode": 1}}, "ended, exit code 1"),
        ({}, "unknown reason"),
        (None, "unknown reason"),
    ],
)
def test_restart_reason(last: Any, reason: str) -> None:
    assert restart_reason(pod(lastState=last), "web") == reason


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        ({"state": {"terminated": {}}}, True),
        ({"state": {"running": {}}}, False),
        ({"state": {"terminated": {}}, "restartCount": 2}, False),
        ({"state": {"terminated": {}}, "name": "other"}, False),
    ],
)
def test_has_ended(status: dict[str, Any], ended: bool) -> None:
    assert has_ended(pod(**status), RUN) is ended
