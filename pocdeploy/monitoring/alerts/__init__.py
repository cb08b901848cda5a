"""The alerts, each with a runbook in ``docs/runbooks``."""

from pocdeploy.monitoring.alerts.alert import Alert
from pocdeploy.monitoring.alerts.application import APPLICATION
from pocdeploy.monitoring.alerts.cluster import CLUSTER
from pocdeploy.monitoring.alerts.database import DATABASE
from pocdeploy.monitoring.alerts.processes import PROCESSES

ALERTS: tuple[Alert, ...] = (*APPLICATION, *PROCESSES, *DATABASE, *CLUSTER)

__all__ = ["ALERTS", "APPLICATION", "CLUSTER", "DATABASE", "PROCESSES", "Alert"]
