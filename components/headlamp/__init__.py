"""A view of the cluster's objects in the browser."""

from components.headlamp.component import ClusterBrowser, ClusterBrowserArgs

__all__ = ["ClusterBrowser", "ClusterBrowserArgs"]
