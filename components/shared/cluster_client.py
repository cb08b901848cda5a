"""Access to the cluster's API in hooks, which run while resources are created or updated."""

from __future__ import annotations

import pulumi

from pocdeploy.kube.client import KubeClient, from_kubeconfig


class ClusterClient:
    """Keeps the kubeconfig of a running operation, in memory only."""

    def __init__(self, kubeconfig: pulumi.Output[str]) -> None:
        self._kubeconfig = ""
        kubeconfig.apply(self._keep)

    def _keep(self, kubeconfig: str) -> None:
        self._kubeconfig = kubeconfig

    def api(self) -> KubeClient:
        """Return a client of the cluster's API.

        Raises:
            LookupError: if the kubeconfig is not known yet: no resource inside the cluster can have failed then.
        """
        if not self._kubeconfig:
            raise LookupError("the kubeconfig is not known yet")
        return from_kubeconfig(self._kubeconfig)
