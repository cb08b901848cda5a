"""Settings of the cluster: one model per type."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from pocdeploy import versions
from pocdeploy.config.eks import EksSettings, is_under
from pocdeploy.config.existing_cluster import ExistingSettings
from pocdeploy.config.processes import ProcessesSettings
from pocdeploy.config.types import ClusterName, Flag, HttpUrl, ImageName, Model, Port, invalid


class KindSettings(Model):
    """A Kind cluster on this machine."""

    type: Literal["kind"] = "kind"
    """`kind`: Kubernetes in Docker, on this machine."""
    name: ClusterName = "test"
    """Name of the cluster; the names of its containers, registry and kubeconfig contain it. A new one: an empty
    cluster."""
    workers: Annotated[int, Field(ge=0, le=10, strict=True)] = 3
    """Number of worker nodes, 0 to 10; with 0 the control plane runs the pods. A new number: an empty cluster."""
    node_image: ImageName = versions.NODE_IMAGE
    """Node image; it decides the Kubernetes version. Unset, an existing cluster keeps the one it was created with."""
    http_port: Port = 80
    """Port of the gateway on 127.0.0.1 (http). A new one: an empty cluster."""
    https_port: Port = 443
    """Port of the gateway on 127.0.0.1 (https). A new one: an empty cluster."""
    registry_port: Port = 5001
    """Port of the stack's image registry on 127.0.0.1."""
    registry_image: ImageName = versions.REGISTRY_IMAGE
    """Image of that registry."""
    registry_mirror: HttpUrl | None = None
    """Registry that the nodes ask first for all images, for example http://mirror:5000; see docs/airgapped.md."""
    metrics_server: Flag = True
    """Install metrics-server, which the autoscaler needs."""
    protect: Flag | None = None
    """Let Pulumi refuse to delete the cluster and its databases; to end this, set `false` and run `make up` once
    before the change; default: `true` in stacks whose name begins with `prod`."""
    fallback: Literal["processes"] | None = None
    """`processes`: where no container engine answers or no image can be had, run without Kubernetes:
    docs/processes.md."""

    @model_validator(mode="after")
    def _ports_differ(self) -> KindSettings:
        ports = {"httpPort": self.http_port, "httpsPort": self.https_port, "registryPort": self.registry_port}
        if len(set(ports.values())) < len(ports):
            listed = ", ".join(f"{name} {port}" for name, port in ports.items())
            key = next(name for name, port in reversed(ports.items()) if [*ports.values()].count(port) > 1)
            free = next(port for port in (8080, 8443, 5001, 5002) if port not in ports.values())
            accepted = f"three different ports on this machine (here {listed}), for example {free}"
            raise invalid(accepted, at=[key], tries=[{key: free}])
        return self


ClusterSettings = Annotated[
    KindSettings | ExistingSettings | EksSettings | ProcessesSettings, Field(discriminator="type")
]
CLUSTERS: dict[str, type[Model]] = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(ClusterSettings)[0])
}
"""Value of ``type`` -> model."""


def is_protected(cluster: ClusterSettings, stack: str) -> bool:
    """Return whether Pulumi refuses to delete what holds data: as set, otherwise in production.

    A production stack is one whose name begins with ``prod``. ``stack`` can have its organisation.
    """
    return stack.rpartition("/")[2].startswith("prod") if cluster.protect is None else cluster.protect


def refused_hosts(cluster: ClusterSettings, hosts: Collection[str]) -> str | None:
    """Return which hosts this cluster accepts; None if it accepts these."""
    if not isinstance(cluster, EksSettings):
        return None
    domain = cluster.domain
    if domain is not None:
        outside = sorted(host for host in hosts if not is_under(host, domain))
        return f"hosts in the domain {domain} (not {', '.join(outside)})" if outside else None
    local = sorted(host for host in hosts if is_under(host, "localhost"))
    return f"a host name of your own for each application without a domain (not {', '.join(local)})" if local else None
