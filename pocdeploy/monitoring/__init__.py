"""What is watched and how: recording rules, alerts and dashboards, as pure functions to plain data.

Every metric that is named here belongs to a component of the platform or to a framework, never to one application: an
application's own numbers come from its settings (``businessMetrics``).
"""

from pocdeploy.monitoring.rules import groups
from pocdeploy.monitoring.scope import Target, Watched, WatchedApp

__all__ = ["Target", "Watched", "WatchedApp", "groups"]
