"""The facts about a cluster that the rest of the program may use. A component takes only the facts that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pulumi
import pulumi_kubernetes as k8s

from components.shared.backup_store import BackupStore
from components.shared.cluster_client import ClusterClient


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Registry of images, as this machine and the nodes name it."""

    push: pulumi.Input[str]
    """Name for pushes from this machine, for example ``localhost:5001``."""
    pull: pulumi.Input[str]
    """Name for pulls by the nodes; often the same."""
    credentials: Mapping[str, pulumi.Input[str]] | None = None
    """``username`` and ``password`` for pushes, if the registry needs them."""
    login_command: str | None = None
    """Command that changes or shows the login for pushes; None if the registry needs none."""
    pull_secret: pulumi.Input[str] | None = None
    """Docker configuration (``.dockerconfigjson``) for pulls; None if the nodes need none."""
    resource: pulumi.Resource | None = None
    """The registry, if this stack creates it."""
    identity: str | None = None
    """Changes when the registry is recreated and is therefore empty. Images are then pushed again."""


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How clients outside of the cluster reach the gateway."""

    service_type: Literal["NodePort", "LoadBalancer", "ClusterIP"]
    """Type of the gateway's Service."""
    node_ports: Mapping[str, int] = field(default_factory=dict)
    """Entry point of the gateway (web, websecure) -> node port."""
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Annotations of the gateway's Service."""
    load_balancer_class: str | None = None
    """Class of the controller that creates the load balancer; None for the default."""
    entry_points: Sequence[str] = ("web", "websecure")
    """Entry points of the gateway that are reachable from outside."""
    redirect_to_https: bool = False
    """Whether http only redirects to https."""
    allowed_cidrs: Sequence[str] = ()
    """CIDRs that the load balancer accepts; empty for all."""
    scheme: Literal["http", "https"] = "http"
    """Scheme of the URLs."""
    port: int = 80
    """Port of the URLs."""
    local: bool = False
    """Whether only this machine reaches the gateway. Grafana and the cluster browser have a route only then."""
    trusted_proxies: Sequence[str] = ()
    """CIDRs of the proxies before the gateway whose X-Forwarded headers it passes on."""
    ingress_annotations: Mapping[str, str] = field(default_factory=dict)
    """Annotations of the applications' Ingresses."""
    ingress_tls: bool = False
    """Whether each Ingress has a certificate: the Secret ``<application>-tls``."""
    default_class: bool = True
    """Whether the gateway serves every Ingress without a class."""
    status_host: str | None = None
    """Host that the gateway writes into the status of an Ingress if there is no load balancer."""

    def url(self, host: str, path: str = "/") -> str:
        """Return the URL of a host at the gateway, without the scheme's default port."""
        default = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}{'' if self.port == default else f':{self.port}'}{path}"


@dataclass(frozen=True, kw_only=True)
class OwnGateway:
    """An ingress controller that the cluster already has."""

    namespace: str
    """Namespace of its pods."""
    ingress_class: str
    """Name of its IngressClass."""


@dataclass(frozen=True, kw_only=True)
class OwnMonitoring:
    """A Prometheus operator that the cluster already has."""

    namespace: str
    """Namespace of Prometheus."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels by which it selects PodMonitors."""


@dataclass(frozen=True, kw_only=True)
class PreinstalledAddons:
    """Parts of the platform that the cluster already has. The stack uses them instead of its own."""

    database_operator: str | None = None
    """Namespace of CloudNativePG."""
    gateway: OwnGateway | None = None
    """Ingress controller."""
    monitoring: OwnMonitoring | None = None
    """Prometheus operator."""

    def monitoring_namespace(self, own: str | None) -> str | None:
        """Return the namespace of Prometheus. ``own`` is that of the stack's own one, or None if monitoring is off."""
        return self.monitoring.namespace if own and self.monitoring else own


class Cluster(Protocol):
    """A Kubernetes cluster that the stack runs on. Each type of cluster is a component that has these facts."""

    provider: k8s.Provider
    """Provider of every Kubernetes resource. It is ready when the cluster can pull images."""
    client: ClusterClient
    """The cluster's API, for hooks."""
    registry: Registry
    """Registry of the applications' images."""
    exposure: Exposure
    """How the gateway is reached."""
    storage_class: str | None
    """StorageClass of volumes; None for the cluster's default."""
    durable: bool
    """Whether volumes outlive the cluster's machine. The monitoring then stores its samples on one."""
    platform: str
    """Platform of the nodes, for example ``linux/amd64``."""
    node_selector: Mapping[str, str] | None = None
    """Labels of the nodes that can run the applications' images; None if all nodes can."""
    topology_key: str
    """Node label over which replicas are spread."""
    topology_domains: int | None = None
    """Number of values of that label; None if it is unknown."""
    protect: bool
    """Whether Pulumi refuses to delete resources that hold data."""
    cost: str | None = None
    """Costs in one sentence, for a cluster that costs money."""
    preinstalled: PreinstalledAddons = PreinstalledAddons()
    """Parts of the platform that are not installed."""
    backup_store: BackupStore | None = None
    """Store of backups that belongs to the cluster, if there is one."""
    delete_with: pulumi.Resource | None = None
    """Resource whose deletion deletes all objects in the cluster; None if each object is deleted by itself."""
    kubeconfig: pulumi.Output[str] | None = None
    """Kubeconfig for the outputs, a secret; None if it belongs to a user or another stack."""
    kubeconfig_path: str | None
    """File for kubectl on this machine, if there is one."""
    kubectl_here: str
    """kubectl command on this machine, for port forwarding."""
    kubectl: str
    """kubectl command for the outputs; it can run inside a node."""

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Create DNS records from the hosts to the gateway's address, after the resources ``after``, if needed."""


def architecture_selector(platform: str) -> dict[str, str]:
    """Return the labels of the nodes of a platform, for example ``linux/amd64``."""
    return {"kubernetes.io/arch": platform.partition("/")[2]}


def in_cluster_options(cluster: Cluster, *, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
    """Return the options of a component that lives in the cluster."""
    return pulumi.ResourceOptions(
        providers=[cluster.provider], deleted_with=cluster.delete_with, depends_on=list(depends_on)
    )
