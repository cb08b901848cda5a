"""What lets a person look into the stack, wired: monitoring and cluster browser. Nothing waits for either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.backend import DatabaseOperator
from components.browser import ClusterBrowser, ClusterBrowserArgs
from components.cluster import Cluster, on
from components.config import Program
from components.gateway import Gateway
from components.monitoring import MonitoringArgs, MonitoringStack
from components.outputs import Deployed
from pocdeploy.settings.secrets import ALERTMANAGER


@dataclass(frozen=True, kw_only=True)
class Observability:
    """Both, as far as they are wanted."""

    monitoring: MonitoringStack
    browser: ClusterBrowser


def deploy(
    program: Program, cluster: Cluster, operator: DatabaseOperator, gateway: Gateway, apps: Sequence[Deployed]
) -> Observability:
    """Create monitoring and cluster browser."""
    settings = program.settings
    monitoring = MonitoringStack(
        "monitoring",
        MonitoringArgs(
            settings=settings.monitoring,
            chart=settings.charts.kube_prometheus_stack,
            access=cluster.access,
            apps=settings.apps,
            secrets=program.secrets.get(ALERTMANAGER, {}),
            targets=[*operator.scrape, *gateway.scrape, *(target for app in apps for target in app.frontend.scrape)],
            provided=cluster.provided.monitoring,
            ingress_class=gateway.ingress_class,
            exposure=cluster.exposure,
            storage_class=cluster.storage_class,
            durable=cluster.durable,
        ),
        on(cluster),
    )
    browser = ClusterBrowser(
        "headlamp",
        ClusterBrowserArgs(
            settings=settings.monitoring,
            chart=settings.charts.headlamp,
            access=cluster.access,
            ingress_class=gateway.ingress_class,
            exposure=cluster.exposure,
        ),
        on(cluster),
    )
    return Observability(monitoring=monitoring, browser=browser)
