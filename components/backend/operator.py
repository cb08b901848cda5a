"""DatabaseOperator: CloudNativePG, once per cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import _base
from components.access import Access
from components.chart import install_chart
from components.scrape import ScrapeTarget
from pocdeploy.settings import Chart

NAMESPACE = "cnpg-system"


@dataclass(frozen=True, kw_only=True)
class DatabaseOperatorArgs:
    """What the operator is made from."""

    chart: Chart
    """Chart ``cloudnative-pg``."""
    access: Access
    dashboard: bool
    """Whether there is a Grafana that takes the chart's own dashboard."""


class DatabaseOperator(_base.Component):
    """The CloudNativePG operator in a namespace of its own."""

    release: k8s.helm.v3.Release
    scrape: ScrapeTarget

    def __init__(self, name: str, args: DatabaseOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        namespace = _base.namespace(self, NAMESPACE)
        self.release = install_chart(
            self,
            name,
            chart=args.chart,
            access=args.access,
            chart_name="cloudnative-pg",
            namespace=namespace.metadata.name,
            values=values(dashboard=args.dashboard),
        )
        self.scrape = ScrapeTarget(
            name=name,
            role="operator",
            namespace=NAMESPACE,
            match_labels={"app.kubernetes.io/name": "cloudnative-pg"},
            port="metrics",
        )
        self.register_outputs({"release": self.release.name})


def values(*, dashboard: bool) -> dict[str, object]:
    """Return the chart's values; with ``dashboard``, CloudNativePG's own comes as a ConfigMap that Grafana finds."""
    return {
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        # Of a subchart, which is called `monitoring` here.
        "monitoring": {"grafanaDashboard": {"create": dashboard}},
    }
