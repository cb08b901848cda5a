"""The records of Helm releases: when they are in use, and how they are deleted."""

from __future__ import annotations

import base64
import gzip
import json
from types import SimpleNamespace
from typing import Any

import pytest

from components.shared import helm_records
from pocdeploy.kube.release_owner import common_labels


@pytest.mark.parametrize(
    ("labels", "in_progress"),
    [
        ({"status": "deployed", "modifiedAt": "990"}, False),
        ({"status": "failed", "modifiedAt": "990"}, False),
        ({"status": "pending-install", "modifiedAt": "990"}, True),
        ({"status": "pending-upgrade", "createdAt": "990"}, True),
        ({"status": "pending-install", "modifiedAt": "600"}, False),  # its process must have ended by now
        ({}, False),
    ],
)
def test_release_is_in_progress_until_its_timeout(
    monkeypatch: pytest.MonkeyPatch, labels: dict[str, str], in_progress: bool
) -> None:
    monkeypatch.setattr(helm_records.time, "time", lambda: 1000.0)

    assert helm_records.is_in_progress(labels, 300) is in_progress


def record(values: dict[str, Any]) -> dict[str, Any]:
    packed = base64.b64encode(gzip.compress(json.dumps({"name": "metrics-server", "config": values}).encode()))
    return {"metadata": {"name": "v1"}, "data": {"release": base64.b64encode(packed).decode()}}


OURS = record({"commonLabels": common_labels("dev")})
OF_NAMESPACE = {"app.kubernetes.io/part-of": "pocdeploy", "app.kubernetes.io/instance": "dev"}


@pytest.mark.parametrize(
    ("labels", "records", "is_ours"),
    [
        (OF_NAMESPACE, [record({})], True),
        (OF_NAMESPACE | {"app.kubernetes.io/instance": "other"}, [record({})], False),
        ({}, [OURS], True),
        ({}, [OURS, record({})], False),
        ({}, [record({"commonLabels": common_labels("other")})], False),
        ({}, [record({"args": ["--kubelet-insecure-tls"]})], False),
    ],
)
def test_release_belongs_to_the_stack_that_it_names(
    labels: dict[str, str], records: list[dict[str, Any]], is_ours: bool
) -> None:
    class Api:
        def get(self, path: str, **query: str) -> Any:
            namespace, _, rest = path.removeprefix("/api/v1/namespaces/").partition("/")
            assert namespace == "kube-system"
            return {"items": records} if rest == "secrets" else {"metadata": {"labels": labels}}

    client: Any = SimpleNamespace(api=Api)

    assert helm_records.belongs_to(client, "kube-system", "metrics-server", "dev") is is_ours


def test_records_are_deleted_after_the_operation_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = iter([["pending-install"], ["pending-install", "deployed"], ["deployed"]])
    calls: list[Any] = []

    class Api:
        def get(self, path: str, **query: str) -> Any:
            calls.append((path, query))
            records = [(f"v{n}", {"status": it, "modifiedAt": "9999999999"}) for n, it in enumerate(next(statuses))]
            return {"items": [{"metadata": {"name": name, "labels": labels}} for name, labels in records]}

        def delete(self, path: str) -> None:
            calls.append(path)

    monkeypatch.setattr(helm_records, "POLL_INTERVAL", 0.0)
    client: Any = SimpleNamespace(api=Api)

    helm_records.delete_records(client, "gateway", "traefik", 300)

    path = "/api/v1/namespaces/gateway/secrets"
    assert calls == [*[(path, {"labelSelector": "owner=helm,name=traefik"})] * 3, f"{path}/v0"]
