"""Alertmanager's configuration: who is told. Nothing secret is in it, as it names files instead."""

from __future__ import annotations

from typing import Any

from pocdeploy.config import Receiver

NOBODY = "nobody"
TOLD = "told"
_TEXT = "{{ range .Alerts }}{{ .Annotations.summary }} ({{ .Annotations.runbook_url }})\n{{ end }}"


def alertmanager_config(receiver: Receiver | None, *, folder: str) -> dict[str, Any]:
    """Return the configuration.

    Args:
        receiver: who is told; None for nobody.
        folder: where Alertmanager finds the receiver's secrets, a file each.
    """
    return {
        "route": {
            "receiver": TOLD if receiver else NOBODY,
            "group_by": ["alertname", "namespace"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            # The stock rules' own: one always fires, the other is there to keep others quiet.
            "routes": [{"receiver": NOBODY, "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}],
        },
        "inhibit_rules": [
            {
                "source_matchers": ["severity = critical"],
                "target_matchers": ["severity =~ warning|info"],
                "equal": ["namespace", "alertname"],
            },
            {
                # What is missing is missing from Prometheus as well.
                "source_matchers": ["alertname =~ AppDown|DatabaseNoPrimary"],
                "target_matchers": ["alertname = TargetMissing"],
                "equal": ["namespace"],
            },
        ],
        "receivers": [{"name": NOBODY}, *([{"name": TOLD, **_told(receiver, folder)}] if receiver else [])],
    }


def _told(receiver: Receiver, folder: str) -> dict[str, Any]:
    match receiver.type:
        case "webhook":
            return {"webhook_configs": [{"url_file": f"{folder}/URL", "send_resolved": True}]}
        case "slack":
            slack = {
                "api_url_file": f"{folder}/URL",
                "channel": receiver.channel,
                "send_resolved": True,
                "title": "{{ .Status | toUpper }} {{ .CommonLabels.alertname }} {{ .CommonLabels.namespace }}",
                "text": _TEXT,
            }
            return {"slack_configs": [slack]}
        case "email":
            user = (
                {"auth_username": receiver.username, "auth_password_file": f"{folder}/PASSWORD"}
                if receiver.username
                else {}
            )
            mail = {"to": receiver.to, "from": receiver.sender, "smarthost": receiver.smarthost, "send_resolved": True}
            return {"email_configs": [{**mail, **user}]}
