"""Settings that only a cluster can follow."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.processes import unsupported

SETTINGS: list[tuple[str, Any]] = [
    ("image", f"x@sha256:{'a' * 64}"),
    ("volumes", {"media": {"path": "/app/media", "size": "1Gi"}}),
    ("cache", True),
    ("webServer", "nginx"),
]


@pytest.mark.parametrize(("key", "value"), SETTINGS, ids=[key for key, _ in SETTINGS])
def test_settings_that_only_a_cluster_can_follow_are_refused(key: str, value: Any) -> None:
    app = AppSettings.model_validate({key: value})

    assert [finding.where for finding in unsupported.findings({"shop": app})] == [f"pocdeploy:apps.shop.{key}"]


def test_settings_below_a_key_are_named_with_it() -> None:
    app = AppSettings.model_validate(
        {"database": {"recovery": {"backup": "b", "mask": "m.sql"}}, "connections": {"apps": ["blog"]}}
    )

    assert [finding.where for finding in unsupported.findings({"shop": app})] == [
        "pocdeploy:apps.shop.database.recovery",
        "pocdeploy:apps.shop.connections.apps",
    ]
    assert unsupported.findings({"shop": AppSettings()}) == []


def test_processes_and_scheduled_commands_run_here() -> None:
    cron = [{"name": "clean", "schedule": "@daily", "command": "./clean"}]
    app = AppSettings.model_validate({"processes": {"worker": "./work"}, "cron": cron})

    assert unsupported.findings({"shop": app}) == []


def test_dev_goes_on_without_them_and_names_them() -> None:
    app = AppSettings.model_validate({"cache": True, "cron": [{"name": "a", "schedule": "@daily", "command": "a"}]})

    assert [line.split()[1] for line in unsupported.left_out(app)] == ["cron", "cache"]
    assert unsupported.left_out(AppSettings()) == []
