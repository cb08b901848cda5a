"""Kind's configuration, the files in its nodes, and its exposure: pure functions from settings."""

from __future__ import annotations

from typing import Any

import yaml

from components.cluster.interface import Exposure
from pocdeploy.config import KindSettings

NODE_PORTS = {"web": 30080, "websecure": 30443}
"""Node ports of the gateway's entry points. Two clusters do not conflict, because each has its own nodes."""


def exposure(settings: KindSettings) -> Exposure:
    """Return how the gateway is reached: at a port of this machine that leads to a node port."""
    return Exposure(
        service_type="NodePort",
        node_ports=NODE_PORTS,
        port=settings.http_port,
        status_host="localhost",
        local=True,
    )


def cluster_config(settings: KindSettings) -> str:
    """Return Kind's cluster configuration as YAML.

    Kind chooses a free port for the API server. All other ports are bound to 127.0.0.1, so that the cluster is
    unreachable from the machine's network.
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
    """Return a ``hosts.toml`` that directs containerd to a plain-http registry on Docker's network.

    Source: https://github.com/containerd/containerd/blob/main/docs/hosts.md
    """
    return f'[host."{server}"]\n  capabilities = ["pull", "resolve"]\n'


def registry_hosting(port: int) -> dict[str, Any]:
    """Return the ConfigMap that tells tools where the local registry is (KEP-1755)."""
    return {
        "metadata": {"name": "local-registry-hosting", "namespace": "kube-public"},
        "data": {
            "localRegistryHosting.v1": f'host: "localhost:{port}"\nhelp: "https://kind.sigs.k8s.io/docs/user/local-registry/"\n'
        },
    }
