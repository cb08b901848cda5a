"""Kind's configuration and the files inside its nodes: pure functions from settings to text."""

from __future__ import annotations

from typing import Any

import yaml

from pocdeploy.config import KindSettings

NODE_PORTS = {"web": 30080, "websecure": 30443}
"""Node ports of the gateway's entry points. Ports of the nodes, so no second cluster is in the way."""


def cluster_config(settings: KindSettings) -> str:
    """Return Kind's cluster configuration as YAML.

    The API server's port stays Kind's choice (a free one), and every other port is bound to 127.0.0.1: nothing of a
    laptop's cluster can be reached from its network.
    """
    host_ports = {"web": settings.http_port, "websecure": settings.https_port}
    control_plane: dict[str, Any] = {
        "role": "control-plane",
        "image": settings.node_image,
        "extraPortMappings": [
            {
                "containerPort": NODE_PORTS[entry],
                "hostPort": port,
                "listenAddress": "127.0.0.1",
                "protocol": "TCP",
            }
            for entry, port in host_ports.items()
        ],
    }
    workers = [{"role": "worker", "image": settings.node_image} for _ in range(settings.workers)]
    config = {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [control_plane, *workers]}
    return yaml.safe_dump(config, sort_keys=False)


def registry_hosts(server: str) -> str:
    """Return a ``hosts.toml`` that sends containerd to a plain-http registry on Docker's network.

    Source: https://github.com/containerd/containerd/blob/main/docs/hosts.md
    """
    return f'[host."{server}"]\n  capabilities = ["pull", "resolve"]\n'


def registry_hosting(port: int) -> dict[str, Any]:
    """Return the ConfigMap by which tools find the local registry (KEP-1755)."""
    return {
        "metadata": {"name": "local-registry-hosting", "namespace": "kube-public"},
        "data": {
            "localRegistryHosting.v1": f'host: "localhost:{port}"\nhelp: "https://kind.sigs.k8s.io/docs/user/local-registry/"\n'
        },
    }
