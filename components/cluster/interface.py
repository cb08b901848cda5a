"""All that the rest of the program may know about where it runs. A component takes the facts that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pulumi
import pulumi_kubernetes as k8s

from components.shared.cluster_client import ClusterClient


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Where images are pushed to, and where the nodes pull them from."""

    push: pulumi.Input[str]
    """Registry as this machine names it, for example ``localhost:5001``."""
    pull: pulumi.Input[str]
    """Registry as the nodes name it; often the same."""
    credentials: Mapping[str, pulumi.Input[str]] | None = None
    """``username`` and ``password`` to push with, where the registry asks for them."""
    pull_secret: pulumi.Input[str] | None = None
    """Docker configuration (``.dockerconfigjson``) that the nodes need to pull; None where they are set up to."""
    resource: pulumi.Resource | None = None
    """The registry itself if this stack made it."""
    identity: str | None = None
    """Differs from one registry to another, empty one of the same name: images are then pushed again."""


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How the gateway is reached from outside."""

    service_type: Literal["NodePort", "LoadBalancer", "ClusterIP"]
    node_ports: Mapping[str, int] = field(default_factory=dict)
    """Entry point of the gateway (web, websecure) -> node port."""
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Annotations of the gateway's Service."""
    load_balancer_class: str | None = None
    """Which of the cluster's controllers makes the load balancer; None for its default."""
    entry_points: Sequence[str] = ("web", "websecure")
    """Entry points of the gateway that can be reached from outside."""
    redirect_to_https: bool = False
    """Whether http only leads to https."""
    allowed_cidrs: Sequence[str] = ()
    """Addresses that a load balancer lets in; none means all."""
    scheme: Literal["http", "https"] = "http"
    port: int = 80
    """Port that a browser uses."""
    local: bool = False
    """Whether nobody but this machine reaches the gateway: what is not for everybody may then have a place at it."""
    status_host: str | None = None
    """What the gateway writes into an Ingress's status where no load balancer does."""

    def url(self, host: str, path: str = "/") -> str:
        """Return the URL of a host at the gateway, without a port where the scheme implies it."""
        default = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}{'' if self.port == default else f':{self.port}'}{path}"


@dataclass(frozen=True, kw_only=True)
class OwnGateway:
    """An ingress controller that the cluster has already."""

    namespace: str
    """Where its pods run."""
    ingress_class: str


@dataclass(frozen=True, kw_only=True)
class OwnMonitoring:
    """A Prometheus operator that the cluster has already."""

    namespace: str
    """Where Prometheus runs."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels by which it selects PodMonitors."""


@dataclass(frozen=True, kw_only=True)
class PreinstalledAddons:
    """Parts of the platform that the cluster has already: the stack uses them, and installs none of its own."""

    database_operator: str | None = None
    """Namespace of CloudNativePG."""
    gateway: OwnGateway | None = None
    monitoring: OwnMonitoring | None = None

    def monitoring_namespace(self, own: str | None) -> str | None:
        """Return where Prometheus runs; ``own`` is where the stack has its own, or None if it wants none at all."""
        return self.monitoring.namespace if own and self.monitoring else own


class Cluster(Protocol):
    """A Kubernetes cluster that the stack runs on."""

    provider: k8s.Provider
    """Provider of every Kubernetes resource; ready when the cluster can pull images."""
    access: ClusterClient
    """The cluster's API, for hooks."""
    registry: Registry
    exposure: Exposure
    storage_class: str | None
    """StorageClass of volumes; None for the cluster's default."""
    durable: bool
    """Whether volumes outlive this machine's cluster, so that it pays to keep the monitoring's samples on one."""
    platform: str
    """Platform of the nodes, for example ``linux/amd64``."""
    topology_key: str
    """Node label over which replicas are spread."""
    topology_domains: int | None
    """How many values of that label there are whenever they are needed; None where nodes come and go by hand."""
    protect: bool
    """Whether what holds data may not be deleted."""
    cost: str | None
    """What this costs, in a sentence, where somebody sends a bill."""
    provided: PreinstalledAddons
    """What need not be installed."""
    delete_with: pulumi.Resource | None
    """What takes everything in the cluster with it when it is deleted; None where objects are deleted one by one."""
    kubeconfig: pulumi.Output[str] | None
    """Kubeconfig for the outputs, a secret; None where it is not the stack's to give."""
    kubeconfig_path: str | None
    """File for kubectl on this machine, if there is one."""
    kubectl_here: str
    """Command of kubectl on this machine, for ports that are forwarded to it."""
    kubectl: str
    """Command that reaches the cluster, for commands in the outputs."""

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Make hosts lead to the gateway's address once ``after`` is there; nothing where they lead to it already."""


def in_cluster_options(cluster: Cluster, *, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
    """Return the options of a component that lives in the cluster."""
    return pulumi.ResourceOptions(
        providers=[cluster.provider], deleted_with=cluster.delete_with, depends_on=list(depends_on)
    )
