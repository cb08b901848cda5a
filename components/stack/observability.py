"""Create the monitoring and the cluster browser. No application waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.backend import DatabaseOperator
from components.cluster import Cluster, in_cluster_options
from components.gateway import Gateway
from components.headlamp import ClusterBrowser, ClusterBrowserArgs
from components.monitoring import MonitoringArgs, MonitoringStack
from components.stack.config import Program
from components.stack.outputs import Deployed
from pocdeploy.config.secrets import ALERTMANAGER


@dataclass(frozen=True, kw_only=True)
class Observability:
    """Monitoring and cluster browser. Each is empty if it is disabled."""

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
            client=cluster.client,
            apps=settings.apps,
            secrets=program.secrets.get(ALERTMANAGER, {}),
            targets=[*operator.scrape, *gateway.scrape, *(target for app in apps for target in app.frontend.scrape)],
            preinstalled=cluster.preinstalled.monitoring,
            ingress_class=gateway.route.ingress_class,
            exposure=cluster.exposure,
            storage_class=cluster.storage_class,
            durable=cluster.durable,
        ),
        in_cluster_options(cluster),
    )
    browser = ClusterBrowser(
        "headlamp",
        ClusterBrowserArgs(
            settings=settings.monitoring,
            chart=settings.charts.headlamp,
            client=cluster.client,
            ingress_class=gateway.route.ingress_class,
            exposure=cluster.exposure,
        ),
        in_cluster_options(cluster),
    )
    return Observability(monitoring=monitoring, browser=browser)
