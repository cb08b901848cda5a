"""A cluster that is there already: how it is reached, what it has, and what the stack may install in it."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from pocdeploy.config.types import DnsLabel, Model, Port, invalid, matches

LOCAL_PORT = 8080
"""Port on this machine that a forwarded gateway is given, where none is set."""

ClassName = Annotated[str, matches(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", "a name in the cluster, for example nginx")]
RegistryName = Annotated[
    str,
    matches(
        r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(/[a-z0-9]+([._-][a-z0-9]+)*)*",
        "a registry, with a path if it has one, for example ghcr.io/owner or localhost:5001",
    ),
]
StackName = Annotated[
    str,
    matches(
        r"[\w.-]+/[\w.-]+/[\w.-]+", "organization/project/stack; with a local state organization/pocdeploy/<stack>"
    ),
]


def _cidr(value: Any) -> Any:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise invalid("a range of addresses, for example 203.0.113.7/32; bits after the prefix are zero") from None


Cidr = Annotated[str, BeforeValidator(_cidr)]


class OtherStack(Model):
    """An output of another stack that holds a kubeconfig."""

    stack: StackName
    """Full name of the stack."""
    output: str = "kubeconfig"
    """Name of its output: a text, or an object as Pulumi's cluster packages give it."""


class ExistingRegistry(Model):
    """Where images are pushed to, and where the nodes pull them from."""

    push: RegistryName
    """Registry as this machine names it."""
    pull: RegistryName | None = None
    """Registry as the nodes name it; default: the same."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """User to push and pull with, whose password is pocdeploy:registryPassword; default: Docker's own configuration
    pushes, and the nodes pull as they are set up."""


class Exposed(Model):
    """How the gateway is reached from outside. TLS is for what stands before it."""

    type: Literal["clusterInternal", "nodePort", "loadBalancer"] = "clusterInternal"
    """`clusterInternal`: not at all, but by port-forward; `nodePort`; `loadBalancer`."""
    port: Port | None = None
    """Port in a browser's address; default: 80 of a load balancer, the node port, 8080 of this machine."""
    http_node_port: Annotated[int, Field(ge=1024, le=65535, strict=True)] = 30080
    """Node port of http, with `nodePort`."""
    https_node_port: Annotated[int, Field(ge=1024, le=65535, strict=True)] = 30443
    """Node port of https, with `nodePort`."""
    annotations: dict[str, str] = {}
    """Annotations of the gateway's Service."""
    allowed_cidrs: tuple[Cidr, ...] = ()
    """Addresses that a load balancer lets in."""
    insecure_http: bool = False
    """Let a load balancer serve plain http to everybody."""

    @property
    def browser_port(self) -> int:
        """The port in addresses."""
        own = {"clusterInternal": LOCAL_PORT, "nodePort": self.http_node_port, "loadBalancer": 80}
        return self.port or own[self.type]

    @property
    def is_public(self) -> bool:
        """Whether everybody gets in."""
        everybody = not self.allowed_cidrs or any(ipaddress.ip_network(it).prefixlen == 0 for it in self.allowed_cidrs)
        return self.type == "loadBalancer" and everybody

    @model_validator(mode="after")
    def _node_ports_differ(self) -> Exposed:
        if self.http_node_port == self.https_node_port:
            raise invalid(f"two different node ports (both are {self.http_node_port})")
        return self


class ComponentSource(Model):
    """A part of the platform that the stack installs, or that the cluster has already."""

    install: bool = True
    """Install it; false: the cluster's own is used."""
    namespace: DnsLabel | None = None
    """Where the cluster's own runs, with `install: false`."""

    @model_validator(mode="after")
    def _used_is_named(self) -> ComponentSource:
        if self.install != (self.namespace is None):
            raise invalid(
                "a namespace where the cluster's own runs"
                if not self.install
                else "no namespace with install: true; it is for what the cluster has already"
            )
        return self


class ExistingMonitoring(ComponentSource):
    """The Prometheus operator."""

    labels: dict[str, str] = {}
    """Labels that the cluster's Prometheus selects PodMonitors by, for example {release: prometheus}."""


class ExistingGateway(ComponentSource):
    """The ingress controller."""

    ingress_class: ClassName | None = None
    """IngressClass of the cluster's own, with `install: false`."""

    @model_validator(mode="after")
    def _class_is_named(self) -> ExistingGateway:
        if self.install != (self.ingress_class is None):
            raise invalid(
                "an ingressClass of the cluster's own gateway"
                if not self.install
                else "no ingressClass with install: true; it is for what the cluster has already"
            )
        return self


class ExistingSettings(Model):
    """A cluster that something else has made."""

    type: Literal["existing"]
    kubeconfig: str = "~/.kube/config"
    """File; a relative path starts at Pulumi.yaml."""
    context: str | None = None
    """Context in it; never the current one unasked, which may be any cluster. With stackReference optional."""
    stack_reference: OtherStack | None = None
    """Another stack whose output is the kubeconfig, instead of a file."""
    registry: ExistingRegistry
    storage_class: ClassName | None = None
    """StorageClass of the databases' volumes; default: the cluster's default."""
    platform: Annotated[str, matches(r"linux/(amd64|arm64)", "linux/amd64 or linux/arm64")] = "linux/amd64"
    """Platform of the nodes, which images are built for."""
    topology_key: str = "kubernetes.io/hostname"
    """Node label over which replicas are spread, for example topology.kubernetes.io/zone."""
    exposure: Exposed = Exposed()
    database_operator: ComponentSource = ComponentSource()
    """CloudNativePG."""
    monitoring: ExistingMonitoring = ExistingMonitoring()
    """The Prometheus operator, with Prometheus and Grafana; `pocdeploy:monitoring` says which of it."""
    gateway: ExistingGateway = ExistingGateway()
    """The ingress controller; the stack's own is Traefik."""
    metrics_server: bool = False
    """Install metrics-server, which the autoscaler of the applications needs; most clusters have it."""
    protect: bool | None = None
    """Let Pulumi refuse to delete the databases; default: in stacks whose name begins with prod."""

    @model_validator(mode="after")
    def _one_way_to_the_cluster(self) -> ExistingSettings:
        if self.stack_reference and "kubeconfig" in self.model_fields_set:
            raise invalid("either kubeconfig or stackReference")
        if not self.stack_reference and not self.context:
            raise invalid(
                "a context of the kubeconfig: the current one is never taken unasked (kubectl config get-contexts)",
                fix="pulumi config set --path 'pocdeploy:cluster.context' <context>",
            )
        return self

    @model_validator(mode="after")
    def _plain_http_is_asked_for(self) -> ExistingSettings:
        if self.gateway.install and self.exposure.is_public and not self.exposure.insecure_http:
            raise invalid(
                "exposure.allowedCidrs with the addresses that may use the load balancer, which serves plain http "
                "(exposure.insecureHttp: true if everybody is meant)",
                fix="pulumi config set --path 'pocdeploy:cluster.exposure.allowedCidrs[0]' <your address>/32",
            )
        return self
