"""An existing Kubernetes cluster."""

from components.cluster.existing.access import Access, connect
from components.cluster.existing.component import ExistingCluster, ExistingClusterArgs

__all__ = ["Access", "ExistingCluster", "ExistingClusterArgs", "connect"]
