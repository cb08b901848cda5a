"""Prometheus and Grafana."""

from components.monitoring.component import MonitoringArgs, MonitoringStack

__all__ = ["MonitoringArgs", "MonitoringStack"]
