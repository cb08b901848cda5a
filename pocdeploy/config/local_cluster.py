"""What of a cluster is on this machine: its containers. Commands that look after them ask here, and for no type."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pocdeploy.config.cluster import KindSettings
from pocdeploy.config.settings import Settings

NODE_LABEL = "io.x-k8s.kind.cluster"
"""Label of a node's container with the name of its cluster; Kind sets it."""
ROLE_LABEL = "io.x-k8s.kind.role"
REGISTRY_LABEL = "dev.pocdeploy.registry"
"""Label of a registry's container: stack, image and port that it was made for."""
REMOVE = "kind delete cluster --name {}"


@dataclass(frozen=True, kw_only=True)
class LocalCluster:
    """A cluster whose nodes are containers of this machine's Docker."""

    name: str
    node_image: str
    nodes: int
    """Nodes, the control plane among them."""
    registry_port: int

    @property
    def control_plane(self) -> str:
        """Container without which there is no cluster: the whole state of Kubernetes is in it."""
        return f"{self.name}-control-plane"

    @property
    def registry(self) -> str:
        """Container of the image registry."""
        return f"{self.name}-registry"

    @property
    def folder(self) -> Path:
        """Folder with kubeconfig and mark of the owner, below the project."""
        return Path(".pocdeploy", "clusters", self.name)


def local_cluster(settings: Settings) -> LocalCluster | None:
    """Return what of the stack's cluster is on this machine; None if it runs elsewhere."""
    cluster = settings.cluster
    if isinstance(cluster, KindSettings):
        return LocalCluster(
            name=cluster.name,
            node_image=cluster.node_image,
            nodes=1 + cluster.workers,
            registry_port=cluster.registry_port,
        )
    return None
