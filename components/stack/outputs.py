"""What a person gets to know when `pulumi up` is done: the stack's outputs."""

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

FIRST_LOCAL_PORT = 9001
"""Ports of this machine from here on stand in the commands for what is not at the gateway."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """One application as it was deployed."""

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
    outputs = {deployed.name: _of(cluster, deployed) for deployed in apps}
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
    # Not the command of `cluster.kubectl`, which may run inside a node: a forwarded port has to be on this machine.
    return f"{cluster.kubectl_here} {arguments}" if arguments else None


def _port_forward(cluster: Cluster, gateway: Gateway, app: str) -> str | None:
    """Return the command without which no address works, where the gateway is not reached from outside.

    Of a gateway that the cluster has already nothing more is known than its class: the way is to the application then.
    """
    if cluster.exposure.service_type != "ClusterIP":
        return None
    namespace, service = (gateway.namespace, gateway.service) if gateway.service else (app, app)
    return f"{cluster.kubectl_here} --namespace {namespace} port-forward service/{service} {cluster.exposure.port}:80"


def _tools(cluster: Cluster, apps: Sequence[Deployed], monitoring: MonitoringStack) -> dict[str, str] | None:
    """Return the commands for what cannot be reached at the gateway; None where everything can."""
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


def _of(cluster: Cluster, deployed: Deployed) -> dict[str, Any]:
    database = deployed.database
    psql = None
    if database.service is not None:
        # In another application's namespace, if that is whose cluster it is.
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
