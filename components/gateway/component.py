"""Gateway: Traefik, the entry of all requests into the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """Inputs of the gateway."""

    chart: Chart
    """Chart ``traefik``."""
    client: ClusterClient
    """The cluster, to explain a failed installation."""
    exposure: Exposure
    """How it is reached from outside."""
    topology_key: str
    """Node label over which its two pods are spread."""
    preinstalled: OwnGateway | None = None
    """The gateway that the cluster already has. Nothing is installed then."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """How the gateway routes requests to an application."""

    ingress_class: str
    """Name of the IngressClass."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Annotations of every Ingress."""
    tls: bool = False
    """Whether every Ingress has a certificate: the Secret ``<application>-tls``."""
    address_timeout: str = "3m"
    """Time limit until an Ingress has an address."""
    namespace: str
    """Namespace of the gateway's pods."""
    url: str | None
    """URL of the gateway for a pod, without TLS; None if it is unknown or only redirects to https."""


class Gateway(base.Component):
    """Traefik with standard Ingress objects; empty where the cluster has a gateway."""

    route: Route
    service: str | None
    """Name of its Service; None if it is unknown."""
    scrape: list[ScrapeTarget]
    address: pulumi.Output[str] | None
    """Host name or address of the stack's load balancer; None if there is none."""

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gateway", name, opts)
        self.scrape, self.service, self.address = [], None, None
        if args.preinstalled is None:
            self.service = name
            self.route = self._install(name, args)
        else:
            self.route = Route(
                ingress_class=args.preinstalled.ingress_class,
                # Many ingress controllers never write an address into an Ingress, and Pulumi would wait for one.
                annotations={"pulumi.com/skipAwait": "true", **args.exposure.ingress_annotations},
                tls=args.exposure.ingress_tls,
                namespace=args.preinstalled.namespace,
                url=None,
            )
        self.register_outputs({"namespace": self.route.namespace, "ingress_class": self.route.ingress_class})

    def _install(self, name: str, args: GatewayArgs) -> Route:
        namespace = self.create_namespace(NAMESPACE)
        # AWS needs minutes to create a load balancer, and also the first node.
        is_balanced = args.exposure.service_type == "LoadBalancer"
        release = install_chart(
            self,
            name,
            chart=args.chart,
            client=args.client,
            # 25 definitions of Traefik's own route objects, which the values disable.
            skip_crds=True,
            chart_name="traefik",
            namespace=namespace.metadata.name,
            values=manifests.values(
                args.exposure,
                class_name=CLASS_NAME,
                labels={"app.kubernetes.io/part-of": base.PART_OF},
                topology_key=args.topology_key,
            ),
            timeout=600 if is_balanced else 300,
        )
        target = ScrapeTarget(
            name=name,
            role="gateway",
            namespace=NAMESPACE,
            match_labels=manifests.PODS,
            port=manifests.METRICS_PORT_NAME,
        )
        self.scrape.append(target)
        if is_balanced:
            self.address = self._load_balancer(name, release)
        return Route(
            ingress_class=CLASS_NAME,
            annotations=args.exposure.ingress_annotations,
            tls=args.exposure.ingress_tls,
            address_timeout="15m" if is_balanced else "3m",
            namespace=NAMESPACE,
            # If it redirects to https, a request of a pod would meet a certificate for another host name.
            url=None if args.exposure.redirect_to_https else f"http://{name}.{NAMESPACE}.svc",
        )

    def _load_balancer(self, name: str, release: k8s.helm.v3.Release) -> pulumi.Output[str]:
        """Return the address of the chart's Service, which has one when the release is complete.

        The Service has the name of the release, and the id of a release is its namespace and name. The id is unknown
        until the release exists, so a preview does not look for a Service that does not exist.
        """
        service = k8s.core.v1.Service.get(f"{name}-service", release.id, opts=self.child())
        status: pulumi.Output[Any] = service.status
        return status.apply(lambda known: _first_address(known.load_balancer.ingress))


def _first_address(entries: Sequence[Any]) -> str:
    return str(entries[0].hostname or entries[0].ip)
