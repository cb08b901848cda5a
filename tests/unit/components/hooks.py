"""Test equipment: hooks without an engine, and what they log."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.shared import failures
from components.shared.cluster_client import ClusterClient

NO_CLUSTER = object.__new__(ClusterClient)
"""A client that must not be used."""


def capture_hooks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return a dict that gets the callback of each hook that is created, by the name of the hook."""
    hooks: dict[str, Any] = {}
    for kind in ("ErrorHook", "ResourceHook"):
        monkeypatch.setattr(pulumi, kind, lambda name, callback, options=None: hooks.setdefault(name, callback))
    return hooks


def capture_log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets all logged errors and warnings."""
    lines: list[str] = []
    for level in ("error", "warn"):
        monkeypatch.setattr(pulumi.log, level, lines.append)
    return lines


def capture_explanations(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str | None]]:
    """Return a list that gets namespace, selector and prefix of deleted pods of each explanation."""
    explained: list[tuple[str, str, str | None]] = []

    def explanation(
        client: ClusterClient, namespace: str, selector: str, summary: str, deleted_pods_prefix: str | None = None
    ) -> str:
        explained.append((namespace, selector, deleted_pods_prefix))
        return summary

    monkeypatch.setattr(failures, "explanation", explanation)
    return explained


def failed(operation: str, *errors: str) -> pulumi.ErrorHookArgs:
    """Return the arguments of an error hook."""
    return pulumi.ErrorHookArgs(
        urn="urn",
        id="",
        name="x",
        type="t",
        new_inputs={"namespace": "ns"},
        failed_operation=operation,
        errors=list(errors),
    )
