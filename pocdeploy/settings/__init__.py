"""The configuration of a stack: one frozen model, loaded once, all errors at once."""

from pocdeploy.settings.apps import AppSettings, BusinessMetric, Database, Resources
from pocdeploy.settings.cluster import ClusterSettings, KindSettings
from pocdeploy.settings.eks import EksSettings
from pocdeploy.settings.existing import ExistingSettings
from pocdeploy.settings.load import load
from pocdeploy.settings.model import Chart, Charts, Settings
from pocdeploy.settings.monitoring import Monitoring, Receiver

__all__ = [
    "AppSettings",
    "BusinessMetric",
    "Chart",
    "Charts",
    "ClusterSettings",
    "Database",
    "EksSettings",
    "ExistingSettings",
    "KindSettings",
    "Monitoring",
    "Receiver",
    "Resources",
    "Settings",
    "load",
]
