"""What is validated: a deployed stack, and the ways to ask about it. Tests hand in fakes for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pocdeploy import process
from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import LocalCluster
from pocdeploy.diagnostics.validate.http import Fetch
from pocdeploy.kube.client import KubeClient

SYSTEM_NAMESPACES = ("cnpg-system", "gateway")


@dataclass(frozen=True, kw_only=True)
class ValidationContext:
    """A stack, as it was deployed."""

    stack: str
    settings: Settings
    outputs: Mapping[str, Any]
    """The stack's outputs, without its secrets."""
    api: KubeClient
    fetch: Fetch
    run: process.Run
    """Runs ``docker``."""
    pulumi: Callable[..., process.Result]
    """Runs the Pulumi CLI with its arguments."""
    local: LocalCluster | None = None
    resume: Callable[[], list[str]] | None = None
    """Brings stopped nodes back; gives what was done."""
    paused: frozenset[str] = frozenset()
    """Applications that are paused."""
    now: Callable[[], float] = lambda: 0.0
    """Seconds since 1970."""

    @property
    def awake(self) -> list[str]:
        """Applications that are not paused."""
        return [name for name in self.settings.apps if name not in self.paused]

    @property
    def namespaces(self) -> list[str]:
        """Namespaces of the stack."""
        monitoring = self.settings.monitoring.namespace
        return [*self.settings.apps, *SYSTEM_NAMESPACES, *([monitoring] if monitoring else [])]

    def of(self, app: str) -> Mapping[str, Any]:
        """Return the outputs of an application."""
        found: Mapping[str, Any] = self.outputs.get("apps", {}).get(app, {})
        return found

    @property
    def kubectl(self) -> str:
        """Beginning of a command that looks further."""
        return f"kubectl --kubeconfig {self.outputs.get('kubeconfigPath', '<kubeconfig>')}"
