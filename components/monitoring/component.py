"""MonitoringStack: Prometheus with its targets and rules, and Grafana. No application waits for it."""

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
    """Inputs of the monitoring."""

    settings: Monitoring
    """Profile, retention, receiver, and whether Grafana is enabled."""
    apps: Mapping[str, AppSettings]
    """Applications, for rules and dashboards."""
    secrets: Mapping[str, pulumi.Output[str]]
    """Secret values of the receiver of alerts."""
    chart: Chart
    """Chart ``kube-prometheus-stack``."""
    client: ClusterClient
    """The cluster, to explain a failed installation."""
    targets: Sequence[ScrapeTarget]
    """Pods that Prometheus scrapes in addition to the cluster itself."""
    preinstalled: OwnMonitoring | None = None
    """The Prometheus operator that the cluster already has. Only the PodMonitors are created then."""
    ingress_class: str
    """Name of the gateway's IngressClass."""
    exposure: Exposure
    """Grafana has a route at the gateway only if only this machine reaches the gateway."""
    storage_class: str | None
    """StorageClass of the volumes; None for the cluster's default."""
    durable: bool
    """Whether samples are stored on a volume."""


class MonitoringStack(base.Component):
    """kube-prometheus-stack with monitors, rules and dashboards; empty with profile ``off``."""

    grafana_url: str | None
    """URL for a browser, if Grafana has a route at the gateway."""
    grafana_forward: str | None
    """kubectl arguments that forward Grafana's port to this machine, if it has no route at the gateway."""
    grafana_password: pulumi.Output[str] | None
    services: dict[str, tuple[str, str, int]]
    """Further web pages: name -> namespace, Service and port."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("monitoring", name, opts)
        self.grafana_url = None
        self.grafana_forward = None
        self.grafana_password = None
        self.services = {}
        if args.settings.namespace and args.preinstalled:
            for target in args.targets:
                # Its Prometheus finds PodMonitors in all namespaces. The stack creates objects only in its own ones.
                self._monitor(target, target.namespace, args.preinstalled.labels)
        elif args.settings.namespace:
            self._install(name, args, args.settings.namespace)
        self.register_outputs({"grafana_url": self.grafana_url, "grafana_password": self.grafana_password})

    def _install(self, name: str, args: MonitoringArgs, namespace_name: str) -> None:
        settings = args.settings
        self.services = manifests.services(namespace_name, name)
        # node-exporter needs the file system and the network of the node.
        namespace = self.create_namespace(namespace_name, pod_security="privileged").metadata.name
        secret = self._grafana(name, args, namespace) if settings.grafana else None
        if settings.grafana:
            self._dashboards(args, namespace)
        alertmanager = self._alertmanager(name, args, namespace) if settings.has_alertmanager else []
        release = install_chart(
            self,
            name,
            chart=args.chart,
            client=args.client,
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
        self.create_custom_object(
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
        self.create_custom_object(f"{target.name}-pod-monitor", manifest, **options)

    def _dashboards(self, args: MonitoringArgs, namespace: pulumi.Output[str]) -> None:
        # Imported here, because only stacks with Grafana need the SDK for dashboards.
        from pocdeploy.monitoring.dashboards import render  # noqa: PLC0415

        for name, text in render(manifests.watched(args.apps, args.targets)).items():
            manifest = manifests.dashboard(name, text, namespace=namespace, labels=base.labels(name, "dashboard"))
            k8s.core.v1.ConfigMap(f"dashboard-{name}", **manifest, opts=self.child())

    def _alertmanager(self, name: str, args: MonitoringArgs, namespace: pulumi.Output[str]) -> list[pulumi.Resource]:
        """Create the Secrets of Alertmanager: its configuration, and the secret values of the receiver."""
        contents: dict[str, Mapping[str, pulumi.Input[str]]] = {
            manifests.ALERTMANAGER_CONFIG: manifests.alertmanager_files(args.settings)
        }
        if args.secrets:
            contents[manifests.ALERTMANAGER_RECEIVER] = args.secrets
        return [
            self.create_secret(
                f"{name}-{secret}",
                # With fixed names, which the chart's values and the paths in the configuration use.
                metadata={"name": secret, "namespace": namespace, "labels": base.labels("alertmanager", "config")},
                string_data=pulumi.Output.secret(dict(data)),
            )
            for secret, data in contents.items()
        ]

    def _grafana(self, name: str, args: MonitoringArgs, namespace: pulumi.Output[str]) -> pulumi.Output[str]:
        """Create the Secret with Grafana's administrator and return its name. Create its route at a local gateway."""
        self.grafana_password = random.RandomPassword(
            f"{name}-grafana-password", length=24, special=False, opts=self.child()
        ).result
        secret = self.create_secret(
            f"{name}-grafana-admin",
            metadata={"namespace": namespace, "labels": base.labels(manifests.GRAFANA, "admin")},
            string_data={"username": "admin", "password": self.grafana_password},
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
