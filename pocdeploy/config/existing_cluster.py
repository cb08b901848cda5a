"""Settings of an existing cluster: access, what it already has, and what the stack installs."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic.alias_generators import to_camel

from pocdeploy.config.types import DnsLabel, Flag, Model, Port, invalid, matches

LOCAL_PORT = 8080
"""Default port of this machine for a forwarded gateway."""

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
        raise invalid("a range of addresses, for example 203.0.113.7/32; without host bits") from None


Cidr = Annotated[str, BeforeValidator(_cidr)]


class OtherStack(Model):
    """Output of another stack with a kubeconfig."""

    stack: StackName
    """Instead of a file: another stack, as `organization/project/stack`."""
    output: str = "kubeconfig"
    """Output of that stack with a kubeconfig, text or object."""


class ExistingRegistry(Model):
    """Registry to push images to, and to pull them from."""

    push: RegistryName
    """Registry as this machine names it, with a path if it has one, for example `ghcr.io/owner`."""
    pull: RegistryName | None = None
    """Registry as the nodes name it; default: the same as `push`."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """User to push and pull with; the password is a secret: docs/existing-cluster.md#registry. Without it, this machine
    pushes with the configuration of Docker, and the nodes pull with theirs."""


OF_TYPE = {
    "http_node_port": "nodePort",
    "https_node_port": "nodePort",
    "allowed_cidrs": "loadBalancer",
    "insecure_http": "loadBalancer",
}
"""Setting of the exposure -> the only type that it has an effect with."""
OF_OWN_GATEWAY = ("trusted_proxies", "annotations", "allowed_cidrs")
"""Settings of the exposure that have an effect only with the stack's own gateway."""
DEFAULT_PORTS = {"http": 80, "https": 443}
"""Scheme -> its port, which browsers leave out."""


class Exposed(Model):
    """Access to the gateway from outside."""

    type: Literal["clusterInternal", "nodePort", "loadBalancer"] = "clusterInternal"
    """`clusterInternal` (only by port-forward), `nodePort` or `loadBalancer`."""
    scheme: Literal["http", "https"] = "http"
    """Scheme in addresses; `https` if TLS ends at the gateway or in front of it: docs/existing-cluster.md#tls."""
    port: Port | None = None
    """Port in addresses; default: 443 with `https`, else 8080 (`clusterInternal`), the node port, or 80
    (`loadBalancer`)."""
    trusted_proxies: tuple[Cidr, ...] = ()
    """Addresses of proxies in front of the stack's own gateway, which passes on their X-Forwarded headers."""
    http_node_port: Annotated[int, Field(ge=1024, le=65535, strict=True)] = 30080
    """Node port of http; only with `nodePort`."""
    https_node_port: Annotated[int, Field(ge=1024, le=65535, strict=True)] = 30443
    """Node port of https; only with `nodePort`."""
    annotations: dict[str, str] = {}
    """Annotations of the gateway's Service, for example for the load balancer of a cloud."""
    allowed_cidrs: tuple[Cidr, ...] = ()
    """Client addresses that the load balancer accepts; only with `loadBalancer`."""
    insecure_http: Flag = False
    """Allow plain http from every address; only with `loadBalancer`."""

    @property
    def browser_port(self) -> int:
        """Port in URLs."""
        own = {"clusterInternal": LOCAL_PORT, "nodePort": self.http_node_port, "loadBalancer": 80}
        return self.port or (DEFAULT_PORTS["https"] if self.scheme == "https" else own[self.type])

    @property
    def is_public(self) -> bool:
        """Whether a load balancer accepts all addresses."""
        everybody = not self.allowed_cidrs or any(ipaddress.ip_network(it).prefixlen == 0 for it in self.allowed_cidrs)
        return self.type == "loadBalancer" and everybody

    @model_validator(mode="after")
    def _port_is_of_the_scheme(self) -> Exposed:
        other = next((scheme for scheme, port in DEFAULT_PORTS.items() if port == self.port), self.scheme)
        if other != self.scheme:
            raise invalid(
                f"scheme {other} with port {self.port} (it is {self.scheme})", at=["scheme"], tries=[{"scheme": other}]
            )
        return self

    @model_validator(mode="after")
    def _node_ports_differ(self) -> Exposed:
        if self.http_node_port == self.https_node_port:
            accepted = f"two different node ports (both are {self.http_node_port}), for example 30443"
            tries = [{"httpsNodePort": port} for port in (30443, 30444)]
            raise invalid(accepted, at=["httpsNodePort"], tries=tries)
        return self

    @model_validator(mode="after")
    def _settings_are_of_the_type(self) -> Exposed:
        for name, only in OF_TYPE.items():
            key = to_camel(name)
            if self.type != only and self.is_changed(name):
                accepted = f"no {key} with type {self.type}; it has an effect only with {only}"
                raise invalid(accepted, key=key, tries=[{key: None}])
        return self

    def is_changed(self, name: str) -> bool:
        """Return whether a field has another value than its default."""
        return bool(getattr(self, name) != type(self).model_fields[name].default)


class ComponentSource(Model):
    """Component of the platform that the stack installs or the cluster already has."""

    EXAMPLE: ClassVar[str] = "cnpg-system"
    install: Flag = True
    """Install it; false: use that of the cluster."""
    namespace: DnsLabel | None = None
    """Namespace of the cluster's component, with `install: false`."""

    @model_validator(mode="after")
    def _used_is_named(self) -> ComponentSource:
        if self.install != (self.namespace is None):
            raise invalid(
                f"the namespace of the cluster's component, for example {self.EXAMPLE}"
                if not self.install
                else "no namespace with install: true; it names a component that the cluster already has",
                at=["namespace"],
                tries=[{"namespace": None if self.install else self.EXAMPLE}],
            )
        return self


class ExistingMonitoring(ComponentSource):
    """The Prometheus operator."""

    EXAMPLE: ClassVar[str] = "monitoring"
    labels: dict[str, str] = {}
    """Labels that the cluster's Prometheus selects PodMonitors by, for example {release: prometheus}."""

    @model_validator(mode="after")
    def _labels_are_of_others(self) -> ExistingMonitoring:
        if self.install and self.labels:
            raise invalid(
                "no labels with install: true; the stack's own Prometheus selects every PodMonitor",
                key="labels",
                tries=[{"labels": None}],
            )
        return self


class ExistingGateway(ComponentSource):
    """The ingress controller."""

    EXAMPLE: ClassVar[str] = "ingress-nginx"
    ingress_class: ClassName | None = None
    """IngressClass of the cluster's own, with `install: false`."""
    annotations: dict[str, str] = {}
    """Annotations of the applications' Ingresses, for example {cert-manager.io/cluster-issuer: letsencrypt}."""
    tls: Flag = False
    """Each Ingress has a certificate: the Secret `<application>-tls` in the application's namespace."""

    @model_validator(mode="after")
    def _class_is_named(self) -> ExistingGateway:
        if self.install != (self.ingress_class is None):
            raise invalid(
                "an ingressClass of the cluster's own gateway, for example nginx"
                if not self.install
                else "no ingressClass with install: true; it names a component that the cluster already has",
                at=["ingressClass"],
                tries=[{"ingressClass": None if self.install else "nginx"}],
            )
        return self


class ExistingSettings(Model):
    """A cluster that exists already."""

    type: Literal["existing"]
    """`existing`: a cluster that exists already, docs/existing-cluster.md."""
    kubeconfig: str = "~/.kube/config"
    """Kubeconfig file, which is never written; a relative path starts at Pulumi.yaml."""
    context: str | None = None
    """Context in that file. Required, because the current context can be any cluster; optional with
    `stackReference`."""
    stack_reference: OtherStack | None = None
    registry: ExistingRegistry
    storage_class: ClassName | None = None
    """StorageClass of the databases; default: that of the cluster."""
    platform: Annotated[str, matches(r"linux/(amd64|arm64)", "linux/amd64 or linux/arm64")] = "linux/amd64"
    """Platform of the nodes, or `linux/arm64`; images are built for it, and run only on such nodes."""
    topology_key: str = "kubernetes.io/hostname"
    """Node label over which replicas are spread; for zones of a cloud: `topology.kubernetes.io/zone`."""
    exposure: Exposed = Exposed()
    database_operator: ComponentSource = ComponentSource()
    """CloudNativePG."""
    monitoring: ExistingMonitoring = ExistingMonitoring()
    """Prometheus operator, Prometheus and Grafana; without it only PodMonitors, for those of the cluster."""
    gateway: ExistingGateway = ExistingGateway()
    """Traefik, or the ingress controller of the cluster."""
    metrics_server: Flag = False
    """Install metrics-server, which the autoscaler needs; most clusters already have it."""
    protect: Flag | None = None
    """Let Pulumi refuse to delete the databases; default: `true` in stacks whose name begins with `prod`."""

    @model_validator(mode="after")
    def _one_way_to_the_cluster(self) -> ExistingSettings:
        if self.stack_reference and "kubeconfig" in self.model_fields_set:
            raise invalid("either kubeconfig or stackReference", at=["kubeconfig"], tries=[{"kubeconfig": None}])
        if not self.stack_reference and not self.context:
            raise invalid(
                "a context of the kubeconfig: the current one is not used by default (kubectl config get-contexts), "
                "for example my-cluster",
                at=["context"],
                tries=[{"context": "my-cluster"}],
            )
        return self

    @model_validator(mode="after")
    def _tls_is_where_it_ends(self) -> ExistingSettings:
        if self.gateway.tls and self.exposure.scheme != "https":
            raise invalid(
                "exposure.scheme https with gateway.tls",
                at=["exposure.scheme"],
                tries=[{"exposure.scheme": "https"}],
            )
        return self

    @model_validator(mode="after")
    def _other_gateways_have_their_own_settings(self) -> ExistingSettings:
        for name in OF_OWN_GATEWAY:
            if not self.gateway.install and self.exposure.is_changed(name):
                key = f"exposure.{to_camel(name)}"
                accepted = f"no {key} with gateway.install: false; the cluster's own gateway has such a setting"
                raise invalid(accepted, key=key, tries=[{key: None}])
        return self

    @model_validator(mode="after")
    def _plain_http_is_asked_for(self) -> ExistingSettings:
        # With a certificate of its own, the gateway only redirects http.
        is_plain = self.gateway.install and not self.gateway.tls
        if is_plain and self.exposure.is_public and not self.exposure.insecure_http:
            raise invalid(
                "exposure.allowedCidrs with the addresses that may use the load balancer by http "
                "(exposure.insecureHttp: true for all addresses), for example [203.0.113.7/32]",
                at=["exposure.allowedCidrs"],
                tries=[{"exposure.allowedCidrs": ["203.0.113.7/32"]}],
            )
        return self
