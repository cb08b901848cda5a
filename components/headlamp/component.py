"""ClusterBrowser: Headlamp, and an account with the configured rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import Exposure
from components.headlamp import manifests
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart, Monitoring

TOKEN_HOURS = 8


@dataclass(frozen=True, kw_only=True)
class ClusterBrowserArgs:
    """Inputs of the cluster browser."""

    settings: Monitoring
    """Whether it is enabled, its rights, and its host."""
    chart: Chart
    """Chart ``headlamp``."""
    client: ClusterClient
    """The cluster, to explain a failed installation."""
    ingress_class: str
    """Name of the gateway's IngressClass."""
    exposure: Exposure
    """It has a route at the gateway only if only this machine reaches the gateway."""


class ClusterBrowser(base.Component):
    """Headlamp in its own namespace; empty unless it is enabled."""

    url: str | None
    """URL for a browser, if it has a route at the gateway."""
    forward: str | None
    """kubectl arguments that forward its port to this machine, if it has no route at the gateway."""
    token: str | None
    """kubectl arguments that create a token for the login."""

    def __init__(self, name: str, args: ClusterBrowserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("browser", name, opts)
        self.url = self.forward = self.token = None
        if args.settings.cluster_browser:
            self._install(name, args, args.settings.cluster_browser)
        self.register_outputs({"url": self.url})

    def _install(self, name: str, args: ClusterBrowserArgs, mode: Literal["readonly", "admin"]) -> None:
        namespace = self.create_namespace(manifests.NAMESPACE).metadata.name
        labels = base.labels(name, "web")
        release = install_chart(
            self,
            name,
            chart=args.chart,
            client=args.client,
            chart_name="headlamp",
            namespace=namespace,
            values=manifests.values(labels={"app.kubernetes.io/part-of": base.PART_OF}),
        )
        k8s.core.v1.ServiceAccount(
            f"{name}-account", **manifests.account(mode, namespace=namespace, labels=labels), opts=self.child()
        )
        binding = manifests.binding(
            mode, name=f"{manifests.NAMESPACE}-{mode}", namespace=namespace, labels=base.labels(name, "binding")
        )
        k8s.rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata=binding["metadata"],
            role_ref=binding["roleRef"],
            subjects=binding["subjects"],
            opts=self.child(),
        )
        self.token = f"--namespace {manifests.NAMESPACE} create token {mode} --duration {TOKEN_HOURS}h"
        if args.exposure.local:
            host = args.settings.cluster_browser_host
            self.url = args.exposure.url(host)
            k8s.networking.v1.Ingress(
                f"{name}-ingress",
                **manifests.ingress(host, namespace=namespace, class_name=args.ingress_class, labels=labels),
                opts=self.child(depends_on=[release]),
            )
        else:
            self.forward = f"--namespace {manifests.NAMESPACE} port-forward service/{manifests.SERVICE} 4466:80"
