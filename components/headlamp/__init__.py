"""The cluster browser: a web page that shows the cluster's objects."""

from components.headlamp.component import ClusterBrowser, ClusterBrowserArgs

__all__ = ["ClusterBrowser", "ClusterBrowserArgs"]
