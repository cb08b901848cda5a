"""Alertmanager's configuration. It has no secrets: it names the files that contain them."""

from __future__ import annotations

from typing import Any

from pocdeploy.config import Receiver

NO_RECEIVER = "nobody"
RECEIVER = "told"
_TEXT = "{{ range .Alerts }}{{ .Annotations.summary }} ({{ .Annotations.runbook_url }})\n{{ end }}"


def alertmanager_config(receiver: Receiver | None, *, folder: str) -> dict[str, Any]:
    """Return the configuration.

    Args:
        receiver: where alerts are sent; None for nowhere.
        folder: folder in Alertmanager's pod with the receiver's secrets, a file for each.
    """
    return {
        "route": {
            "receiver": RECEIVER if receiver else NO_RECEIVER,
            "group_by": ["alertname", "namespace"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            # Alerts of the chart: one always fires, the other only inhibits others.
            "routes": [{"receiver": NO_RECEIVER, "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}],
        },
        "inhibit_rules": [
            {
                "source_matchers": ["severity = critical"],
                "target_matchers": ["severity =~ warning|info"],
                "equal": ["namespace", "alertname"],
            },
            {
                # Pods that do not run also have no metrics.
                "source_matchers": ["alertname =~ AppDown|DatabaseNoPrimary"],
                "target_matchers": ["alertname = TargetMissing"],
                "equal": ["namespace"],
            },
        ],
        "receivers": [
            {"name": NO_RECEIVER},
            *([{"name": RECEIVER, **_receiver(receiver, folder)}] if receiver else []),
        ],
    }


def _receiver(receiver: Receiver, folder: str) -> dict[str, Any]:
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
