"""DatabaseOperator: CloudNativePG, once per cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.backend.operator import manifests
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import Chart

NAMESPACE = "cnpg-system"


@dataclass(frozen=True, kw_only=True)
class DatabaseOperatorArgs:
    """Inputs of the operator."""

    chart: Chart
    """Chart ``cloudnative-pg``."""
    client: ClusterClient
    """The cluster, to explain a failed installation."""
    topology_key: str
    """Node label over which its two pods are spread."""
    dashboard: bool
    """Whether the chart's own dashboard is installed; it needs a Grafana of this stack."""
    preinstalled_namespace: str | None = None
    """Namespace of the operator that the cluster already has. Nothing is installed then."""


class DatabaseOperator(base.Component):
    """The CloudNativePG operator in its own namespace; empty where the cluster has one."""

    namespace: str
    version: str | None
    """Version of the chart; None where nothing is installed."""
    scrape: list[ScrapeTarget]

    def __init__(self, name: str, args: DatabaseOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        self.namespace = args.preinstalled_namespace or NAMESPACE
        self.version = None if args.preinstalled_namespace else args.chart.version
        self.scrape = []
        if args.preinstalled_namespace is None:
            self._install(name, args)
        self.register_outputs({"namespace": self.namespace})

    def _install(self, name: str, args: DatabaseOperatorArgs) -> None:
        namespace = self.create_namespace(NAMESPACE)
        install_chart(
            self,
            name,
            chart=args.chart,
            client=args.client,
            chart_name="cloudnative-pg",
            namespace=namespace.metadata.name,
            values=manifests.values(dashboard=args.dashboard, topology_key=args.topology_key),
        )
        pods = manifests.PODS
        self.scrape.append(
            ScrapeTarget(name=name, role="operator", namespace=NAMESPACE, match_labels=pods, port="metrics")
        )
