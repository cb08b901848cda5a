"""Gateway: Traefik, the one way into the cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components import _base
from components.access import Access
from components.chart import install_chart
from components.cluster import Exposure, OwnGateway
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
    provided: OwnGateway | None = None
    """The gateway that the cluster has already; nothing is installed then."""


class Gateway(_base.Component):
    """Traefik with standard Ingress objects; empty where the cluster has a gateway."""

    namespace: str
    url: str | None
    """The gateway as a pod reaches it, without TLS."""
    ingress_class: str
    service: str | None
    """Name of its Service; None where it is not known."""
    ingress_annotations: dict[str, str]
    """Annotations of every Ingress."""
    scrape: list[ScrapeTarget]

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gateway", name, opts)
        self.namespace, self.ingress_class, self.service = NAMESPACE, CLASS_NAME, name
        self.url = f"http://{name}.{NAMESPACE}.svc"
        self.ingress_annotations, self.scrape = {}, []
        if args.provided is None:
            self._install(name, args)
        else:
            self.namespace, self.ingress_class = args.provided.namespace, args.provided.ingress_class
            self.service = self.url = None
            # Many a controller never writes an address into an Ingress, and Pulumi would wait for one in vain.
            self.ingress_annotations = {"pulumi.com/skipAwait": "true"}
        self.register_outputs({"namespace": self.namespace, "ingress_class": self.ingress_class})

    def _install(self, name: str, args: GatewayArgs) -> None:
        namespace = _base.namespace(self, NAMESPACE)
        install_chart(
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
        target = ScrapeTarget(
            name=name,
            role="gateway",
            namespace=NAMESPACE,
            match_labels={"app.kubernetes.io/name": "traefik"},
            port=manifests.METRICS_PORT_NAME,
        )
        self.scrape.append(target)
