"""A cluster that is there already."""

from components.cluster.existing.component import ExistingCluster, ExistingClusterArgs

__all__ = ["ExistingCluster", "ExistingClusterArgs"]
