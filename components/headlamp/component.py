"""ClusterBrowser: Headlamp, and an account with just the right that was asked for."""

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
    """What the cluster browser is made from."""

    settings: Monitoring
    """Whether it is wanted, with which rights, and its host."""
    chart: Chart
    """Chart ``headlamp``."""
    access: ClusterClient
    ingress_class: str
    exposure: Exposure
    """It has a place at the gateway only where that is local."""


class ClusterBrowser(base.Component):
    """Headlamp in a namespace of its own; empty unless it is asked for."""

    url: str | None
    forward: str | None
    """Arguments of kubectl that bring it to this machine, where it has no place at the gateway."""
    token: str | None
    """Arguments of kubectl that make a token to log in with."""

    def __init__(self, name: str, args: ClusterBrowserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("browser", name, opts)
        self.url = self.forward = self.token = None
        if args.settings.cluster_browser:
            self._install(name, args, args.settings.cluster_browser)
        self.register_outputs({"url": self.url})

    def _install(self, name: str, args: ClusterBrowserArgs, mode: Literal["readonly", "admin"]) -> None:
        namespace = base.namespace(self, manifests.NAMESPACE).metadata.name
        labels = base.labels(name, "web")
        release = install_chart(
            self,
            name,
            chart=args.chart,
            access=args.access,
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
