"""Recording rules, alerts and dashboards, as pure functions to plain data.

Metrics here belong to a component of the platform or to a framework, never to one application; its own metrics come
from its settings (``businessMetrics``).
"""

from pocdeploy.monitoring.rules import groups
from pocdeploy.monitoring.scope import Target, Watched, WatchedApp

__all__ = ["Target", "Watched", "WatchedApp", "groups"]
