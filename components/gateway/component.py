"""Gateway: Traefik, the one way into the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import Exposure, OwnGateway
from components.gateway import manifests
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import Chart

NAMESPACE = "gateway"
CLASS_NAME = "traefik"


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What the gateway is made from."""

    chart: Chart
    """Chart ``traefik``."""
    access: ClusterClient
    exposure: Exposure
    """How it is reached from outside."""
    topology_key: str
    """Node label over which its two pods are spread."""
    provided: OwnGateway | None = None
    """The gateway that the cluster has already; nothing is installed then."""


class Gateway(base.Component):
    """Traefik with standard Ingress objects; empty where the cluster has a gateway."""

    namespace: str
    url: str | None
    """The gateway as a pod reaches it, without TLS; None where it is not known, or leads to https only."""
    ingress_class: str
    service: str | None
    """Name of its Service; None where it is not known."""
    ingress_annotations: dict[str, str]
    """Annotations of every Ingress."""
    scrape: list[ScrapeTarget]
    address_timeout: str
    """How long it may take until an Ingress has an address."""
    address: pulumi.Output[str] | None
    """Host name or address of the load balancer; None where there is none, or it is not the stack's."""

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gateway", name, opts)
        self.namespace, self.ingress_class, self.service = NAMESPACE, CLASS_NAME, name
        self.url = f"http://{name}.{NAMESPACE}.svc"
        self.ingress_annotations, self.scrape = {}, []
        self.address, self.address_timeout = None, "3m"
        if args.provided is None:
            self._install(name, args)
        else:
            self.namespace, self.ingress_class = args.provided.namespace, args.provided.ingress_class
            self.service = self.url = None
            # Many a controller never writes an address into an Ingress, and Pulumi would wait for one in vain.
            self.ingress_annotations = {"pulumi.com/skipAwait": "true"}
        self.register_outputs({"namespace": self.namespace, "ingress_class": self.ingress_class})

    def _install(self, name: str, args: GatewayArgs) -> None:
        namespace = base.namespace(self, NAMESPACE)
        # A load balancer takes minutes to come, and the first node, too.
        balanced = args.exposure.service_type == "LoadBalancer"
        release = install_chart(
            self,
            name,
            chart=args.chart,
            access=args.access,
            # Its own kinds of routes, 25 of them, which are switched off.
            skip_crds=True,
            chart_name="traefik",
            namespace=namespace.metadata.name,
            values=manifests.values(
                args.exposure,
                class_name=CLASS_NAME,
                labels={"app.kubernetes.io/part-of": base.PART_OF},
                topology_key=args.topology_key,
            ),
            timeout=600 if balanced else 300,
        )
        target = ScrapeTarget(
            name=name,
            role="gateway",
            namespace=NAMESPACE,
            match_labels=manifests.PODS,
            port=manifests.METRICS_PORT_NAME,
        )
        self.scrape.append(target)
        if balanced:
            self.address_timeout = "15m"
            self.address = self._load_balancer(name, release)
        if args.exposure.redirect_to_https:
            # A pod that asks it without TLS would be sent to a certificate that is not for this name.
            self.url = None

    def _load_balancer(self, name: str, release: k8s.helm.v3.Release) -> pulumi.Output[str]:
        """Return what the chart's Service got; the release is done when it has it.

        The Service is called like the release, and a release's id is namespace and name. Unlike these, the id is not
        known before there is a release: a preview must not look for a Service that is not there yet.
        """
        service = k8s.core.v1.Service.get(f"{name}-service", release.id, opts=self.child())
        status: pulumi.Output[Any] = service.status
        return status.apply(lambda known: _first(known.load_balancer.ingress))


def _first(entries: Sequence[Any]) -> str:
    return str(entries[0].hostname or entries[0].ip)
