"""The explanation of a push that the registry refuses."""

from __future__ import annotations

import asyncio

import pytest

from components.cluster import Registry
from components.image import refused_push
from tests.unit.components.hooks import capture_hooks, capture_log, failed

REGISTRY = Registry(push="ghcr.io/owner", pull="ghcr.io/owner", login_command="docker login ghcr.io")
DENIED = "error pushing image:\n  denied: requested access to the resource is denied"


@pytest.mark.parametrize(
    ("operation", "error", "actual"),
    [
        ("create", DENIED, "denied: requested access to the resource is denied"),
        ("update", "unauthorized: authentication required", "unauthorized: authentication required"),
        ("create", "failed to push: no basic auth credentials", "failed to push: no basic auth credentials"),
        ("create", "POST: status 403 Forbidden", "POST: status 403 Forbidden"),
        ("create", 'process "/bin/sh -c pip install" did not complete successfully: exit code: 1', None),
        ("create", "dial tcp 127.0.0.1:5001: connect: connection refused", None),
        ("delete", DENIED, None),
    ],
)  # fmt: skip
def test_a_refused_push_names_image_and_login(
    monkeypatch: pytest.MonkeyPatch, operation: str, error: str, actual: str | None
) -> None:
    hooks, log = capture_hooks(monkeypatch), capture_log(monkeypatch)
    refused_push.error_hook("polls", REGISTRY)
    args = failed(operation, error)
    args.new_inputs = {"imageName": "ghcr.io/owner/polls:dev"}

    assert asyncio.run(hooks["polls-image-failed"](args)) is False
    assert log == (
        [
            "image of polls: the registry refused the push\n"
            f"    actual:   {actual}\n"
            "    expected: a login that may push ghcr.io/owner/polls:dev\n"
            "    fix:      docker login ghcr.io"
        ]
        if actual
        else []
    )
