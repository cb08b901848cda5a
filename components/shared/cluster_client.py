"""Access: the cluster's API for what the provider cannot do, in hooks that run while resources are being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import yaml

from pocdeploy.kube.client import Api, Cluster

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


class ClusterClient:
    """Keeps the kubeconfig of a running operation, in memory only."""

    def __init__(self, kubeconfig: pulumi.Output[str]) -> None:
        self._kubeconfig = ""
        kubeconfig.apply(self._keep)

    def _keep(self, kubeconfig: str) -> None:
        self._kubeconfig = kubeconfig

    def api(self) -> Api:
        """Return the cluster's API; raises LookupError as ``client`` does."""
        return Cluster(self.client())

    def client(self) -> ApiClient:
        """Return a client of the cluster's API.

        Raises:
            LookupError: if the cluster is not known yet; nothing inside it can have failed then.
        """
        # Imported where it is used: most runs need none of it, and it takes a quarter of a second.
        from kubernetes.config import new_client_from_config_dict  # noqa: PLC0415

        if not self._kubeconfig:
            raise LookupError("the kubeconfig is not known yet")
        client: ApiClient = new_client_from_config_dict(yaml.safe_load(self._kubeconfig))  # type: ignore[no-untyped-call]
        return client
