"""MonitoringStack: Prometheus, what it scrapes, and Grafana. Nothing waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components import _base
from components.access import Access
from components.chart import install_chart
from components.monitoring import manifests
from components.scrape import ScrapeTarget
from pocdeploy.settings import Chart, Monitoring


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What the monitoring is made from."""

    settings: Monitoring
    """Profile, retention, Grafana or not."""
    chart: Chart
    """Chart ``kube-prometheus-stack``."""
    access: Access
    targets: Sequence[ScrapeTarget]
    """What Prometheus scrapes beside the cluster itself."""
    ingress_class: str
    grafana_url: str


class MonitoringStack(_base.Component):
    """kube-prometheus-stack with a PodMonitor per target; empty with profile ``off``."""

    grafana_url: str | None
    grafana_password: pulumi.Output[str] | None

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("monitoring", name, opts)
        self.grafana_url = None
        self.grafana_password = None
        if args.settings.namespace:
            self._install(name, args, args.settings.namespace)
        self.register_outputs({"grafana_url": self.grafana_url, "grafana_password": self.grafana_password})

    def _install(self, name: str, args: MonitoringArgs, namespace_name: str) -> None:
        settings = args.settings
        # node-exporter reads the node's own file system and network.
        namespace = _base.namespace(self, namespace_name, pod_security="privileged").metadata.name
        secret = self._grafana(name, args, namespace) if settings.grafana else None
        release = install_chart(
            self,
            name,
            chart=args.chart,
            access=args.access,
            chart_name="kube-prometheus-stack",
            namespace=namespace,
            values=manifests.values(
                settings, grafana_secret=secret or "", labels={"app.kubernetes.io/part-of": _base.PART_OF}
            ),
            timeout=600,
        )
        for target in args.targets:
            manifest = manifests.pod_monitor(
                target, namespace=namespace, labels=_base.labels(target.name, "pod-monitor")
            )
            k8s.apiextensions.CustomResource(
                f"{target.name}-pod-monitor",
                api_version=manifest["apiVersion"],
                kind=manifest["kind"],
                metadata=manifest["metadata"],
                spec=manifest["spec"],
                opts=self.child(depends_on=[release]),
            )

    def _grafana(self, name: str, args: MonitoringArgs, namespace: pulumi.Output[str]) -> pulumi.Output[str]:
        """Create Grafana's administrator and its place at the gateway; return the name of the Secret."""
        self.grafana_url = args.grafana_url
        self.grafana_password = random.RandomPassword(
            f"{name}-grafana-password", length=24, special=False, opts=self.child()
        ).result
        secret = k8s.core.v1.Secret(
            f"{name}-grafana-admin",
            metadata={"namespace": namespace, "labels": _base.labels(manifests.GRAFANA, "admin")},
            string_data={"username": "admin", "password": self.grafana_password},
            opts=self.child(additional_secret_outputs=["data", "stringData"]),
        )
        k8s.networking.v1.Ingress(
            f"{name}-grafana-ingress",
            **manifests.grafana_ingress(
                args.settings,
                namespace=namespace,
                class_name=args.ingress_class,
                labels=_base.labels(manifests.GRAFANA, "web"),
            ),
            opts=self.child(),
        )
        return secret.metadata.name
