"""The error hook of a Helm release."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from components.shared import chart, helm_records
from tests.unit.components.hooks import NO_CLUSTER, capture_explanations, capture_hooks, capture_log, failed

IN_USE = "Release: cannot re-use a name that is still in use"


@pytest.mark.parametrize(
    ("args", "retried"),
    [
        (failed("create", IN_USE), True),
        (failed("create", IN_USE, IN_USE), False),  # the second time the cause is another one
        (failed("update", IN_USE), False),
        (failed("create", "timed out waiting for the condition"), False),
    ],
)
def test_blocking_release_is_removed_once(
    monkeypatch: pytest.MonkeyPatch, args: pulumi.ErrorHookArgs, retried: bool
) -> None:
    deleted: list[tuple[Any, ...]] = []
    monkeypatch.setattr(helm_records, "delete_records", lambda *what: deleted.append(what[1:]))
    monkeypatch.setattr(helm_records, "belongs_to", lambda *_: True)
    hooks, log, explanations = capture_hooks(monkeypatch), capture_log(monkeypatch), capture_explanations(monkeypatch)
    chart._hooks("traefik", NO_CLUSTER, 300)

    assert asyncio.run(hooks["traefik-chart-failed"](args)) is retried
    assert explanations == ([] if retried else [("ns", "", "traefik")])
    assert log == ([] if retried else ["The chart traefik was not ready in time and was rolled back."])
    assert deleted == ([("ns", "traefik", 300)] if retried else [])


def test_release_of_others_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm_records, "delete_records", lambda *_: pytest.fail("deleted"))
    monkeypatch.setattr(helm_records, "belongs_to", lambda *_: False)
    hooks, log = capture_hooks(monkeypatch), capture_log(monkeypatch)
    capture_explanations(monkeypatch)
    chart._hooks("metrics-server", NO_CLUSTER, 300)

    assert asyncio.run(hooks["metrics-server-chart-failed"](failed("create", IN_USE))) is False
    assert "Helm release ns/metrics-server: a release of this name exists and does not belong to this stack" in log[0]
