"""The containers of a cluster on this machine, whatever its type."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pocdeploy.config.cluster import KindSettings
from pocdeploy.config.settings import Settings

NODE_LABEL = "io.x-k8s.kind.cluster"
"""Label of a node's container with the name of its cluster; Kind sets it."""
ROLE_LABEL = "io.x-k8s.kind.role"
REGISTRY_LABEL = "dev.pocdeploy.registry"
"""Label of a registry's container: its stack, image and port."""
REMOVE = "kind delete cluster --name {}"


@dataclass(frozen=True, kw_only=True)
class LocalCluster:
    """Cluster whose nodes are Docker containers of this machine."""

    name: str
    node_image: str
    nodes: int
    """Number of nodes, including the control plane."""
    registry_port: int

    @property
    def control_plane(self) -> str:
        """Container with the whole state of Kubernetes; without it the cluster is lost."""
        return f"{self.name}-control-plane"

    @property
    def registry(self) -> str:
        """Container of the image registry."""
        return f"{self.name}-registry"

    @property
    def store(self) -> str:
        """Container of the local store of backups, if the stack has one."""
        return f"{self.name}-backups"

    @property
    def folder(self) -> Path:
        """Folder with the kubeconfig and the name of the owner, below the project."""
        return Path(".pocdeploy", "clusters", self.name)


def local_cluster(settings: Settings) -> LocalCluster | None:
    """Return the stack's cluster if it runs on this machine, else None."""
    cluster = settings.cluster
    if isinstance(cluster, KindSettings):
        return LocalCluster(
            name=cluster.name,
            node_image=cluster.node_image,
            nodes=1 + cluster.workers,
            registry_port=cluster.registry_port,
        )
    return None
