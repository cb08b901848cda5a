"""Gateway: Traefik, the one way into the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    ingress_class: str
    release: k8s.helm.v3.Release
    scrape: ScrapeTarget
    address_timeout: str
    """How long it may take until an Ingress has an address."""
    address: pulumi.Output[str] | None
    """Host name or address of the load balancer; None where there is none."""

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gateway", name, opts)
        self.namespace = NAMESPACE
        self.ingress_class = CLASS_NAME
        namespace = _base.namespace(self, NAMESPACE)
        # A load balancer takes minutes to come, and the first node, too.
        balanced = args.exposure.service_type == "LoadBalancer"
        self.address_timeout = "15m" if balanced else "3m"
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
            timeout=600 if balanced else 300,
        )
        self.scrape = ScrapeTarget(
            name=name,
            role="gateway",
            namespace=NAMESPACE,
            match_labels={"app.kubernetes.io/name": "traefik"},
            port=manifests.METRICS_PORT_NAME,
        )
        self.address = self._load_balancer(name) if balanced else None
        self.register_outputs({"namespace": self.namespace, "ingress_class": self.ingress_class})

    def _load_balancer(self, name: str) -> pulumi.Output[str]:
        """Return what the chart's Service got; the release is done when it has it.

        The Service is called like the release, and a release's id is namespace and name. Unlike these, the id is not
        known before there is a release: a preview must not look for a Service that is not there yet.
        """
        service = k8s.core.v1.Service.get(f"{name}-service", self.release.id, opts=self.child())
        status: pulumi.Output[Any] = service.status
        return status.apply(lambda known: _first(known.load_balancer.ingress))


def _first(entries: Sequence[Any]) -> str:
    return str(entries[0].hostname or entries[0].ip)
