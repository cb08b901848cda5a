"""Gateway: Traefik, the one way into the cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import _base
from components.access import Access
from components.chart import install_chart
from components.cluster import Exposure
from components.gateway import manifests
from components.scrape import ScrapeTarget
from pocdeploy.settings import Chart

NAMESPACE = "gateway"
CLASS_NAME = "traefik"


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What the gateway is made from."""

    chart: Chart
    """Chart ``traefik``."""
    access: Access
    exposure: Exposure
    """How it is reached from outside."""


class Gateway(_base.Component):
    """Traefik with standard Ingress objects."""

    namespace: str
    url: str
    """The gateway as a pod reaches it, without TLS."""
    ingress_class: str
    release: k8s.helm.v3.Release
    scrape: ScrapeTarget

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gateway", name, opts)
        self.namespace = NAMESPACE
        self.url = f"http://{name}.{NAMESPACE}.svc"
        self.ingress_class = CLASS_NAME
        namespace = _base.namespace(self, NAMESPACE)
        self.release = install_chart(
            self,
            name,
            chart=args.chart,
            access=args.access,
            # Its own kinds of routes, 25 of them, which are switched off.
            skip_crds=True,
            chart_name="traefik",
            namespace=namespace.metadata.name,
            values=manifests.values(
                args.exposure, class_name=CLASS_NAME, labels={"app.kubernetes.io/part-of": _base.PART_OF}
            ),
        )
        self.scrape = ScrapeTarget(
            name=name,
            role="gateway",
            namespace=NAMESPACE,
            match_labels={"app.kubernetes.io/name": "traefik"},
            port=manifests.METRICS_PORT_NAME,
        )
        self.register_outputs({"namespace": self.namespace, "ingress_class": self.ingress_class})
