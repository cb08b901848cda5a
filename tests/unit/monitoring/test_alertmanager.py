"""Configuration of Alertmanager; tests/monitoring checks it with amtool."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import Receiver
from pocdeploy.monitoring.alertmanager import alertmanager_config

MAIL = {"to": "a@example.com", "sender": "b@example.com", "smarthost": "mail.example.com:587"}


def test_without_a_receiver_no_alert_is_sent() -> None:
    config = alertmanager_config(None, folder="/secrets")

    assert config["route"]["receiver"] == "nobody"
    assert config["receivers"] == [{"name": "nobody"}]


@pytest.mark.parametrize(
    ("receiver", "kind", "files"),
    [
        ({"type": "webhook"}, "webhook", {"url_file": "/secrets/URL"}),
        ({"type": "slack", "channel": "#a"}, "slack", {"api_url_file": "/secrets/URL"}),
        ({"type": "email", **MAIL}, "email", {}),
        ({"type": "email", **MAIL, "username": "u"}, "email", {"auth_password_file": "/secrets/PASSWORD"}),
    ],
)
def test_a_receiver_reads_its_secrets_from_files(receiver: dict[str, Any], kind: str, files: dict[str, str]) -> None:
    config = alertmanager_config(Receiver(**receiver), folder="/secrets")
    told = config["receivers"][1]
    (settings,) = told[f"{kind}_configs"]

    assert config["route"]["receiver"] == told["name"]
    assert {key: value for key, value in settings.items() if str(value).startswith("/secrets/")} == files
    assert settings["send_resolved"] is True
