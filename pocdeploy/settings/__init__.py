"""The configuration of a stack: one frozen model, loaded once, all errors at once."""

from pocdeploy.settings.apps import AppSettings, Database, Resources
from pocdeploy.settings.cluster import ClusterSettings, KindSettings
from pocdeploy.settings.load import load
from pocdeploy.settings.model import Chart, Charts, Monitoring, Settings

__all__ = [
    "AppSettings",
    "Chart",
    "Charts",
    "ClusterSettings",
    "Database",
    "KindSettings",
    "Monitoring",
    "Resources",
    "Settings",
    "load",
]
