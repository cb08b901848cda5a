"""The error hook of a database cluster."""

from __future__ import annotations

import asyncio

import pytest

from components.backend import component
from tests.unit.components.hooks import NO_CLUSTER, capture_explanations, capture_hooks, capture_log, failed

WEBHOOK = 'Internal error occurred: failed calling webhook "mcluster.cnpg.io": connection refused'


@pytest.mark.parametrize(
    ("errors", "retried"),
    [
        ([WEBHOOK], True),
        ([WEBHOOK] * component.WEBHOOK_ATTEMPTS, True),
        ([WEBHOOK] * (component.WEBHOOK_ATTEMPTS + 1), False),
        (["spec.instances: Invalid value", WEBHOOK], False),
    ],
)
def test_creation_is_retried_while_the_webhook_is_unreachable(
    monkeypatch: pytest.MonkeyPatch, errors: list[str], retried: bool
) -> None:
    monkeypatch.setattr(component, "WEBHOOK_INTERVAL", 0.0)
    hooks, log, explanations = capture_hooks(monkeypatch), capture_log(monkeypatch), capture_explanations(monkeypatch)
    component._error_hook("polls", NO_CLUSTER)

    assert asyncio.run(hooks["polls-db-failed"](failed("create", *errors))) is retried
    assert explanations == ([] if retried else [("polls", "cnpg.io/cluster=polls-db", None)])
    assert log == ([] if retried else ["polls: the database is not ready."])
