"""Settings of monitoring and of the receiver of alerts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.config import load
from tests.paths import ROOT
from tests.unit.configuration import MAIL, Bad, assert_refused

BAD: list[Bad] = [
    ({"monitoring": {"storage": "much"}}, "monitoring.storage", "a Kubernetes quantity"),
    ({"monitoring": {"receiver": {"type": "pager"}}}, "monitoring.receiver.type", "'webhook', 'email' or 'slack'"),
    ({"monitoring": {"receiver": {"type": "slack"}}}, "monitoring.receiver", "with channel"),
    (
        {"monitoring": {"receiver": {"type": "slack", "channel": "alerts"}}},
        "monitoring.receiver.channel",
        "for example #alerts",
    ),
    (
        {"monitoring": {"receiver": {"type": "email", "to": "a@example.com"}}},
        "monitoring.receiver",
        "with sender, smarthost",
    ),
    (
        {"monitoring": {"receiver": {"type": "email", **MAIL, "smarthost": "mail.example.com"}}},
        "monitoring.receiver.smarthost",
        "host:port",
    ),
    (
        {"monitoring": {"receiver": {"type": "email", **MAIL, "channel": "#a"}}},
        "monitoring.receiver",
        "without channel",
    ),
    ({"monitoring": {"receiver": {"type": "webhook", "url": "canary"}}}, "monitoring.receiver.url", "one of type"),
    ({"monitoring": {"runbooks": "docs/runbooks"}}, "monitoring.runbooks", "a URL with http"),
    ({"monitoring": {"clusterBrowser": "root"}}, "monitoring.clusterBrowser", "'readonly' or 'admin'"),
    ({"monitoring": {"clusterBrowserHost": "a b"}}, "monitoring.clusterBrowserHost", "a host name"),
    ({"monitoring": {"profile": "heavy"}}, "monitoring.profile", "'light', 'full' or 'off'"),
    ({"monitoring": {"retention": "2 days"}}, "monitoring.retention", "12h or 2d"),
    ({"monitoring": {"grafanaHost": "grafana/"}}, "monitoring.grafanaHost", "a host name"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


@pytest.mark.parametrize(
    ("monitoring", "retention_time", "storage_size", "alertmanager"),
    [
        ({}, "2d", "2Gi", False),
        ({"profile": "full"}, "15d", "20Gi", True),
        ({"profile": "full", "retention": "4w", "storage": "50Gi"}, "4w", "50Gi", True),
        ({"receiver": {"type": "email", **MAIL}}, "2d", "2Gi", True),
        ({"profile": "off"}, "2d", "2Gi", False),
    ],
)
def test_the_profile_decides_the_defaults(
    monitoring: dict[str, Any], retention_time: str, storage_size: str, alertmanager: bool
) -> None:
    settings = load({"pocdeploy:monitoring": json.dumps(monitoring)}, root=ROOT).monitoring

    assert (settings.retention_time, settings.storage_size, settings.has_alertmanager) == (
        retention_time,
        storage_size,
        alertmanager,
    )
