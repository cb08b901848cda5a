"""The settings of a stack: a frozen model that reports all errors at once."""

from pocdeploy.config.apps import AppSettings, BusinessMetric
from pocdeploy.config.cluster import ClusterSettings, KindSettings
from pocdeploy.config.database import Database
from pocdeploy.config.eks import EksSettings
from pocdeploy.config.existing_cluster import ExistingSettings
from pocdeploy.config.load import load, load_stack
from pocdeploy.config.monitoring import Monitoring, Receiver
from pocdeploy.config.processes import ProcessesSettings
from pocdeploy.config.resources import Resources
from pocdeploy.config.settings import Chart, Charts, Settings

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
    "ProcessesSettings",
    "Receiver",
    "Resources",
    "Settings",
    "load",
    "load_stack",
]
