"""The stack's outputs, which `pulumi up` prints at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.backend import Connection
from components.backend.manifests import POSTGRES_PORT
from components.cluster import Cluster
from components.frontend import Frontend
from components.gateway import Gateway
from components.headlamp import ClusterBrowser
from components.monitoring import MonitoringStack
from pocdeploy.config import AppSettings
from pocdeploy.config.existing_cluster import LOCAL_PORT

FIRST_LOCAL_PORT = 9001
"""First port of this machine for forwarding to Services without a route at the gateway."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """One deployed application."""

    name: str
    app: AppSettings
    image: pulumi.Output[str]
    database: Connection
    frontend: Frontend


def export(
    cluster: Cluster,
    gateway: Gateway,
    apps: Sequence[Deployed],
    monitoring: MonitoringStack,
    browser: ClusterBrowser,
) -> None:
    """Export the first application's outputs under plain names, and those of all under ``apps``."""
    outputs = {deployed.name: _app_outputs(cluster, deployed) for deployed in apps}
    for name, value in outputs[apps[0].name].items():
        pulumi.export(name, value)
    pulumi.export("grafanaUrl", monitoring.grafana_url)
    pulumi.export("grafanaCommand", _kubectl(cluster, monitoring.grafana_forward))
    pulumi.export("grafanaPassword", monitoring.grafana_password)
    pulumi.export("clusterBrowserUrl", browser.url)
    pulumi.export("clusterBrowserCommand", _kubectl(cluster, browser.forward))
    pulumi.export("clusterBrowserTokenCommand", _kubectl(cluster, browser.token))
    pulumi.export("kubeconfigPath", cluster.kubeconfig_path)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("portForward", _port_forward(cluster, gateway, apps[0].name))
    pulumi.export("gatewayAddress", gateway.address)
    pulumi.export("tools", _tools(cluster, apps, monitoring))
    pulumi.export("cost", cluster.cost)
    pulumi.export("apps", outputs)


def _kubectl(cluster: Cluster, arguments: str | None) -> str | None:
    # `cluster.kubectl` can run inside a node, but the forwarded port must be on this machine.
    return f"{cluster.kubectl_here} {arguments}" if arguments else None


def _port_forward(cluster: Cluster, gateway: Gateway, app: str) -> str | None:
    """Return the command that forwards the gateway's port, if the gateway is unreachable from outside.

    The Service of a preinstalled gateway is unknown. The command then forwards the application's port.
    """
    if cluster.exposure.service_type != "ClusterIP":
        return None
    namespace, service = (gateway.route.namespace, gateway.service) if gateway.service else (app, app)
    # A forwarded port has no certificate, whatever the addresses of the applications are.
    local = cluster.exposure.port if cluster.exposure.scheme == "http" else LOCAL_PORT
    return f"{cluster.kubectl_here} --namespace {namespace} port-forward service/{service} {local}:80"


def _tools(cluster: Cluster, apps: Sequence[Deployed], monitoring: MonitoringStack) -> dict[str, str] | None:
    """Return port-forward commands for Services without a route at the gateway; None if the gateway is local."""
    if cluster.exposure.local:
        return None
    services = dict(monitoring.services)
    for deployed in apps:
        if deployed.database.service is not None:
            primary, namespace = deployed.database.service.split(".")[:2]
            services[f"{deployed.name}-database"] = (namespace, primary, POSTGRES_PORT)
    return {
        name: f"{cluster.kubectl_here} --namespace {namespace} port-forward service/{service} {local}:{port}"
        for local, (name, (namespace, service, port)) in enumerate(sorted(services.items()), start=FIRST_LOCAL_PORT)
    }


def _app_outputs(cluster: Cluster, deployed: Deployed) -> dict[str, Any]:
    database = deployed.database
    psql = None
    if database.service is not None:
        # A shared database is in the namespace of its owner.
        service, namespace = database.service.split(".")[:2]
        psql = (
            f"{cluster.kubectl} --namespace {namespace} exec --stdin --tty service/{service} "
            f"--container postgres -- psql {database.database}"
        )
    return {
        "url": deployed.frontend.url,
        "adminUrl": deployed.frontend.admin_url,
        "adminUsername": deployed.app.admin.username,
        "adminPassword": deployed.frontend.admin_password,
        "imageRef": deployed.image,
        "databaseService": database.service,
        "psql": psql,
    }
