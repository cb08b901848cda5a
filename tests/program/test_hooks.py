"""Hooks that run when the engine reports an error: which errors they try again, and what they do before."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components.backend import component as backend
from components.shared import chart, explained
from components.shared.cluster_client import ClusterClient

IN_USE = "Release: cannot re-use a name that is still in use"
WEBHOOK = 'Internal error occurred: failed calling webhook "mcluster.cnpg.io": connection refused'


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the callbacks of the hooks that are made, by name; no engine is there to register them."""
    made: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "ErrorHook", made.setdefault)
    return made


def failed(operation: str, *errors: str) -> pulumi.ErrorHookArgs:
    return pulumi.ErrorHookArgs(
        urn="urn",
        id="",
        name="x",
        type="t",
        new_inputs={"namespace": "ns"},
        failed_operation=operation,
        errors=list(errors),
    )


def explaining(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Return a list that gets namespace, selector and ``gone`` of everything that is explained."""
    seen: list[tuple[Any, ...]] = []

    def explanation(access: ClusterClient, namespace: str, selector: str, about: str, gone: str | None = None) -> str:
        seen.append((namespace, selector, gone))
        return about

    monkeypatch.setattr(explained, "explanation", explanation)
    monkeypatch.setattr(pulumi.log, "error", lambda text: None)
    return seen


@pytest.mark.parametrize(
    ("args", "again"),
    [
        (failed("create", IN_USE), True),
        (failed("create", IN_USE, IN_USE), False),  # the second time it is another fault
        (failed("update", IN_USE), False),
        (failed("create", "timed out waiting for the condition"), False),
    ],
)
def test_a_release_in_the_way_is_forgotten_once(
    hooks: dict[str, Any], monkeypatch: pytest.MonkeyPatch, args: pulumi.ErrorHookArgs, again: bool
) -> None:
    forgotten: list[tuple[Any, ...]] = []
    monkeypatch.setattr(chart, "forget_release", lambda *what: forgotten.append(what[1:]))
    access = object.__new__(ClusterClient)
    explanations = explaining(monkeypatch)
    chart._on_failure("traefik", access, 300)

    assert asyncio.run(hooks["traefik-chart-failed"](args)) is again
    assert explanations == ([] if again else [("ns", "", "traefik")])
    assert forgotten == ([("ns", "traefik", 300)] if again else [])


@pytest.mark.parametrize(
    ("labels", "busy"),
    [
        ({"status": "deployed", "modifiedAt": "990"}, False),
        ({"status": "failed", "modifiedAt": "990"}, False),
        ({"status": "pending-install", "modifiedAt": "990"}, True),
        ({"status": "pending-upgrade", "createdAt": "990"}, True),
        ({"status": "pending-install", "modifiedAt": "600"}, False),  # its process must have ended by now
        ({}, False),
    ],
)
def test_a_release_is_in_progress_until_its_timeout(labels: dict[str, str], busy: bool) -> None:
    assert chart.in_progress(labels, 300, now=1000.0) is busy


def test_a_record_is_removed_only_when_nobody_works_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = iter([["pending-install"], ["pending-install", "deployed"], ["deployed"]])
    calls: list[Any] = []

    class Api:
        def get(self, path: str, **query: str) -> Any:
            calls.append((path, query))
            records = [(f"v{n}", {"status": it, "modifiedAt": "9999999999"}) for n, it in enumerate(next(statuses))]
            return {"items": [{"metadata": {"name": name, "labels": labels}} for name, labels in records]}

        def delete(self, path: str) -> None:
            calls.append(path)

    monkeypatch.setattr(chart, "POLL_INTERVAL", 0.0)
    access: Any = SimpleNamespace(api=Api)

    chart.forget_release(access, "gateway", "traefik", 300)

    path = "/api/v1/namespaces/gateway/secrets"
    assert calls == [*[(path, {"labelSelector": "owner=helm,name=traefik"})] * 3, f"{path}/v0"]


@pytest.mark.parametrize(
    ("errors", "again"),
    [
        ([WEBHOOK], True),
        ([WEBHOOK] * backend.WEBHOOK_ATTEMPTS, True),
        ([WEBHOOK] * (backend.WEBHOOK_ATTEMPTS + 1), False),
        (["spec.instances: Invalid value", WEBHOOK], False),
    ],
)
def test_a_cluster_is_tried_again_while_the_webhook_is_not_there(
    hooks: dict[str, Any], monkeypatch: pytest.MonkeyPatch, errors: list[str], again: bool
) -> None:
    monkeypatch.setattr(backend, "WEBHOOK_PAUSE", 0.0)
    explanations = explaining(monkeypatch)
    backend._on_failure("polls", object.__new__(ClusterClient))

    assert asyncio.run(hooks["polls-db-failed"](failed("create", *errors))) is again
    assert explanations == ([] if again else [("polls", "cnpg.io/cluster=polls-db", None)])


def test_access_says_when_the_cluster_is_not_known() -> None:
    access = ClusterClient(SimpleNamespace(apply=lambda keep: None))  # type: ignore[arg-type]

    with pytest.raises(LookupError, match="not known yet"):
        access.api()


@pytest.mark.parametrize(
    ("inputs", "selector"),
    [
        ({"kind": "Job", "metadata": {"name": "polls-migrate-1"}}, "batch.kubernetes.io/job-name=polls-migrate-1"),
        ({"kind": "Cluster", "metadata": {"name": "polls-db"}}, "given"),
        (None, "given"),
    ],
)
def test_of_a_job_only_its_own_pods_are_explained(inputs: Any, selector: str) -> None:
    args: Any = SimpleNamespace(new_inputs=inputs)

    assert explained.pods_of(args, "given") == selector
