"""MonitoringStack: Prometheus, what it scrapes, and Grafana. Nothing waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.cluster import Exposure, OwnMonitoring
from components.monitoring import manifests
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import AppSettings, Chart, Monitoring
from pocdeploy.monitoring import groups


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What the monitoring is made from."""

    settings: Monitoring
    """Profile, retention, receiver, Grafana or not."""
    apps: Mapping[str, AppSettings]
    """What rules and dashboards are made for."""
    secrets: Mapping[str, pulumi.Output[str]]
    """What is secret of the receiver of alerts."""
    chart: Chart
    """Chart ``kube-prometheus-stack``."""
    access: ClusterClient
    targets: Sequence[ScrapeTarget]
    """What Prometheus scrapes beside the cluster itself."""
    provided: OwnMonitoring | None = None
    """The Prometheus operator that the cluster has already; only the PodMonitors are made then."""
    ingress_class: str
    exposure: Exposure
    """Grafana has a place at the gateway only where that is local."""
    storage_class: str | None
    durable: bool
    """Whether samples are kept on a volume."""


class MonitoringStack(base.Component):
    """kube-prometheus-stack with monitors, rules and dashboards; empty with profile ``off``."""

    grafana_url: str | None
    grafana_forward: str | None
    """Arguments of kubectl that bring Grafana to this machine, where it has no place at the gateway."""
    grafana_password: pulumi.Output[str] | None
    services: dict[str, tuple[str, str, int]]
    """What can be looked at: name -> namespace, Service and port."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("monitoring", name, opts)
        self.grafana_url = None
        self.grafana_forward = None
        self.grafana_password = None
        self.services = {}
        if args.settings.namespace and args.provided:
            for target in args.targets:
                # The cluster's own Prometheus looks for them everywhere; nothing is put where the stack made nothing.
                self._monitor(target, target.namespace, args.provided.labels)
        elif args.settings.namespace:
            self._install(name, args, args.settings.namespace)
        self.register_outputs({"grafana_url": self.grafana_url, "grafana_password": self.grafana_password})

    def _install(self, name: str, args: MonitoringArgs, namespace_name: str) -> None:
        settings = args.settings
        self.services = manifests.services(namespace_name, name)
        # node-exporter reads the node's own file system and network.
        namespace = base.namespace(self, namespace_name, pod_security="privileged").metadata.name
        secret = self._grafana(name, args, namespace) if settings.grafana else None
        if settings.grafana:
            self._dashboards(args, namespace)
        alertmanager = self._alertmanager(name, args, namespace) if settings.has_alertmanager else []
        release = install_chart(
            self,
            name,
            chart=args.chart,
            access=args.access,
            chart_name="kube-prometheus-stack",
            namespace=namespace,
            values=manifests.values(
                settings,
                grafana_secret=secret or "",
                grafana_url=self.grafana_url,
                durable=args.durable,
                storage_class=args.storage_class,
                labels={"app.kubernetes.io/part-of": base.PART_OF},
            ),
            timeout=600,
            depends_on=alertmanager,
        )
        rules = groups(manifests.watched(args.apps, args.targets), runbooks=settings.runbook_base)
        self._custom(
            "rules",
            manifests.rule(rules, namespace=namespace, labels=base.labels(name, "rules")),
            depends_on=[release],
        )
        for target in args.targets:
            self._monitor(target, namespace, {}, depends_on=[release])

    def _monitor(
        self, target: ScrapeTarget, namespace: pulumi.Input[str], labels: Mapping[str, str], **options: Any
    ) -> None:
        all_labels = {**base.labels(target.name, "pod-monitor"), **labels}
        manifest = manifests.pod_monitor(target, namespace=namespace, labels=all_labels)
        self._custom(f"{target.name}-pod-monitor", manifest, **options)

    def _custom(self, name: str, manifest: Mapping[str, Any], **options: Any) -> None:
        k8s.apiextensions.CustomResource(
            name,
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=manifest["metadata"],
            spec=manifest["spec"],
            opts=self.child(**options),
        )

    def _dashboards(self, args: MonitoringArgs, namespace: pulumi.Output[str]) -> None:
        # Imported where it is used: nothing else needs the SDK behind it.
        from pocdeploy.monitoring.dashboards import render  # noqa: PLC0415

        for name, text in render(manifests.watched(args.apps, args.targets)).items():
            manifest = manifests.dashboard(name, text, namespace=namespace, labels=base.labels(name, "dashboard"))
            k8s.core.v1.ConfigMap(f"dashboard-{name}", **manifest, opts=self.child())

    def _alertmanager(self, name: str, args: MonitoringArgs, namespace: pulumi.Output[str]) -> list[pulumi.Resource]:
        """Create the Secrets that Alertmanager reads: its configuration, and what is secret of the receiver."""
        found: dict[str, Mapping[str, pulumi.Input[str]]] = {
            manifests.ALERTMANAGER_CONFIG: manifests.alertmanager_files(args.settings)
        }
        if args.secrets:
            found[manifests.ALERTMANAGER_RECEIVER] = args.secrets
        return [
            k8s.core.v1.Secret(
                f"{name}-{secret}",
                # Under names of their own: the chart's values and the paths in the configuration say them.
                metadata={"name": secret, "namespace": namespace, "labels": base.labels("alertmanager", "config")},
                string_data=pulumi.Output.secret(dict(data)),
                opts=self.child(additional_secret_outputs=["data", "stringData"]),
            )
            for secret, data in found.items()
        ]

    def _grafana(self, name: str, args: MonitoringArgs, namespace: pulumi.Output[str]) -> pulumi.Output[str]:
        """Create Grafana's administrator, and its place at a local gateway; return the name of the Secret."""
        self.grafana_password = random.RandomPassword(
            f"{name}-grafana-password", length=24, special=False, opts=self.child()
        ).result
        secret = k8s.core.v1.Secret(
            f"{name}-grafana-admin",
            metadata={"namespace": namespace, "labels": base.labels(manifests.GRAFANA, "admin")},
            string_data={"username": "admin", "password": self.grafana_password},
            opts=self.child(additional_secret_outputs=["data", "stringData"]),
        )
        if args.exposure.local:
            self.grafana_url = args.exposure.url(args.settings.grafana_host)
            k8s.networking.v1.Ingress(
                f"{name}-grafana-ingress",
                **manifests.grafana_ingress(
                    args.settings,
                    namespace=namespace,
                    class_name=args.ingress_class,
                    labels=base.labels(manifests.GRAFANA, "web"),
                ),
                opts=self.child(),
            )
        else:
            self.grafana_forward = (
                f"--namespace {args.settings.namespace} port-forward service/{manifests.GRAFANA} 3000:80"
            )
        return secret.metadata.name
