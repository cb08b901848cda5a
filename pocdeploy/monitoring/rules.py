"""The groups of rules, in the form of Prometheus and PrometheusRule."""

from __future__ import annotations

from typing import Any

from pocdeploy.monitoring.alerts import APPLICATION, CLUSTER, DATABASE, PROCESSES
from pocdeploy.monitoring.recording_rules import recording_rules
from pocdeploy.monitoring.scope import Watched


def groups(watched: Watched, *, runbooks: str) -> list[dict[str, Any]]:
    """Return one group of recording rules, and one of alerts for each part of the stack.

    Args:
        watched: contents of the stack.
        runbooks: base URL of the runbooks.
    """
    alerts = {"application": APPLICATION, "processes": PROCESSES, "database": DATABASE, "cluster": CLUSTER}
    return [
        {"name": "pocdeploy.recording", "rules": recording_rules(watched)},
        *(
            {"name": f"pocdeploy.{part}", "rules": [alert.rule(runbooks.rstrip("/")) for alert in found]}
            for part, found in alerts.items()
        ),
    ]
