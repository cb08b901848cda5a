"""An existing Kubernetes cluster."""

from components.cluster.existing.component import ExistingCluster, ExistingClusterArgs

__all__ = ["ExistingCluster", "ExistingClusterArgs"]
