"""The namespace of an application."""

from components.namespace.component import AppNamespace, AppNamespaceArgs

__all__ = ["AppNamespace", "AppNamespaceArgs"]
