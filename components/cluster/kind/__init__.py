"""A Kubernetes cluster in Docker, on this machine."""

from components.cluster.kind.component import KindCluster, KindClusterArgs

__all__ = ["KindCluster", "KindClusterArgs"]
