"""The deployed stack that the checks of validate look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pocdeploy import process
from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import LocalCluster, local_cluster
from pocdeploy.kube.client import KubeClient

SYSTEM_NAMESPACES = ("cnpg-system", "gateway")


@dataclass(frozen=True, kw_only=True)
class ValidationContext:
    """A deployed stack."""

    stack: str
    settings: Settings
    outputs: Mapping[str, Any]
    """The stack's outputs, without its secrets."""
    api: KubeClient
    pulumi: Callable[..., process.Result]
    """Runs the Pulumi CLI with its arguments."""
    resume: Callable[[], list[str]]
    """Starts stopped nodes; returns a sentence for each step."""
    paused: frozenset[str] = frozenset()
    """Applications that are paused."""

    @property
    def local(self) -> LocalCluster | None:
        """The part of the cluster on this machine."""
        return local_cluster(self.settings)

    @property
    def awake(self) -> list[str]:
        """Applications that are not paused."""
        return [name for name in self.settings.apps if name not in self.paused]

    @property
    def namespaces(self) -> list[str]:
        """Namespaces of the stack."""
        monitoring = self.settings.monitoring.namespace
        return [*self.settings.apps, *SYSTEM_NAMESPACES, *([monitoring] if monitoring else [])]

    def app_outputs(self, app: str) -> Mapping[str, Any]:
        """Return the outputs of an application."""
        found: Mapping[str, Any] = self.outputs.get("apps", {}).get(app, {})
        return found

    @property
    def kubectl(self) -> str:
        """Beginning of a kubectl command for this cluster."""
        return f"kubectl --kubeconfig {self.outputs.get('kubeconfigPath', '<kubeconfig>')}"
