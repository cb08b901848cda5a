"""Facts about an existing cluster: pure functions from settings."""

from __future__ import annotations

import base64
import json
from typing import Any, Literal

import yaml

from components.cluster.interface import Exposure, OwnGateway, OwnMonitoring, PreinstalledAddons
from pocdeploy.config import ExistingSettings
from pocdeploy.preflight.downloads import DOCKER_HUB, registry_of

SERVICE_TYPES: dict[str, Literal["NodePort", "LoadBalancer", "ClusterIP"]] = {
    "nodePort": "NodePort",
    "loadBalancer": "LoadBalancer",
    "clusterInternal": "ClusterIP",
}


def exposure(settings: ExistingSettings) -> Exposure:
    """Return how the gateway is reached from outside."""
    exposed, gateway = settings.exposure, settings.gateway
    service_type = SERVICE_TYPES[exposed.type]
    return Exposure(
        service_type=service_type,
        node_ports=(
            {"web": exposed.http_node_port, "websecure": exposed.https_node_port} if service_type == "NodePort" else {}
        ),
        annotations=exposed.annotations,
        allowed_cidrs=exposed.allowed_cidrs,
        scheme=exposed.scheme,
        port=exposed.browser_port,
        trusted_proxies=exposed.trusted_proxies,
        ingress_annotations=gateway.annotations,
        ingress_tls=gateway.tls,
        # Only the ports of a load balancer are known to be those of browsers.
        redirect_to_https=gateway.install and gateway.tls and service_type == "LoadBalancer",
        # Ingresses of others in this cluster do not belong to the stack.
        default_class=False,
        # With a load balancer, the gateway writes its address into every Ingress.
        status_host=None if service_type == "LoadBalancer" else "localhost",
    )


def preinstalled(settings: ExistingSettings) -> PreinstalledAddons:
    """Return the parts of the platform that the cluster already has, according to the settings."""
    operator, gateway, monitoring = settings.database_operator, settings.gateway, settings.monitoring
    return PreinstalledAddons(
        database_operator=operator.namespace,
        gateway=(
            OwnGateway(namespace=gateway.namespace, ingress_class=gateway.ingress_class)
            if gateway.namespace and gateway.ingress_class
            else None
        ),
        monitoring=(
            OwnMonitoring(namespace=monitoring.namespace, labels=monitoring.labels) if monitoring.namespace else None
        ),
    )


def pull_config(registry: str, username: str, password: str) -> str:
    """Return the Docker configuration for a node's login to a registry, as JSON."""
    host = registry_of(f"{registry}/image")
    server = "https://index.docker.io/v1/" if host == DOCKER_HUB else host
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    return json.dumps({"auths": {server: {"username": username, "password": password, "auth": auth}}})


def kubeconfig_text(output: Any) -> str:
    """Return another stack's output as the text of a kubeconfig. An object is written as YAML."""
    return output if isinstance(output, str) else yaml.safe_dump(output)
