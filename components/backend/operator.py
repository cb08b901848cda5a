"""DatabaseOperator: CloudNativePG, once per cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.shared import base
from components.shared.chart import install_chart, spread_constraints
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import Chart

NAMESPACE = "cnpg-system"
PODS = {"app.kubernetes.io/name": "cloudnative-pg"}


@dataclass(frozen=True, kw_only=True)
class DatabaseOperatorArgs:
    """What the operator is made from."""

    chart: Chart
    """Chart ``cloudnative-pg``."""
    access: ClusterClient
    topology_key: str
    """Node label over which its two pods are spread."""
    dashboard: bool
    """Whether there is a Grafana that takes the chart's own dashboard."""
    provided: str | None = None
    """Namespace of the operator that the cluster has already; nothing is installed then."""


class DatabaseOperator(base.Component):
    """The CloudNativePG operator in a namespace of its own; empty where the cluster has one."""

    namespace: str
    scrape: list[ScrapeTarget]

    def __init__(self, name: str, args: DatabaseOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        self.namespace = args.provided or NAMESPACE
        self.scrape = []
        if args.provided is None:
            self._install(name, args)
        self.register_outputs({"namespace": self.namespace})

    def _install(self, name: str, args: DatabaseOperatorArgs) -> None:
        namespace = base.namespace(self, NAMESPACE)
        install_chart(
            self,
            name,
            chart=args.chart,
            access=args.access,
            chart_name="cloudnative-pg",
            namespace=namespace.metadata.name,
            values=values(dashboard=args.dashboard, topology_key=args.topology_key),
        )
        target = ScrapeTarget(
            name=name,
            role="operator",
            namespace=NAMESPACE,
            match_labels=PODS,
            port="metrics",
        )
        self.scrape.append(target)


def values(*, dashboard: bool, topology_key: str) -> dict[str, object]:
    """Return the chart's values.

    Args:
        dashboard: whether CloudNativePG's own comes as a ConfigMap that Grafana finds.
        topology_key: node label over which the two pods are spread. One leads and the other takes over after 15 s at
            most: with a single one there would be no failover when a node dies with the operator and a primary on it.
    """
    return {
        "replicaCount": 2,
        "topologySpreadConstraints": spread_constraints(PODS, topology_key),
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        # Of a subchart, which is called `monitoring` here.
        "monitoring": {"grafanaDashboard": {"create": dashboard}},
    }
