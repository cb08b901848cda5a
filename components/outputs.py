"""What a person gets to know when `pulumi up` is done: the stack's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.backend import Connection
from components.cluster import Cluster
from components.frontend import Frontend
from components.monitoring import MonitoringStack
from pocdeploy.settings import AppSettings


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """One application as it was deployed."""

    name: str
    app: AppSettings
    image: pulumi.Output[str]
    database: Connection
    frontend: Frontend


def export(cluster: Cluster, apps: Sequence[Deployed], monitoring: MonitoringStack) -> None:
    """Export the first application's outputs under plain names, and those of all under ``apps``."""
    outputs = {deployed.name: _of(cluster, deployed) for deployed in apps}
    for name, value in outputs[apps[0].name].items():
        pulumi.export(name, value)
    pulumi.export("grafanaUrl", monitoring.grafana_url)
    pulumi.export("grafanaPassword", monitoring.grafana_password)
    pulumi.export("kubeconfigPath", cluster.kubeconfig_path)
    pulumi.export("apps", outputs)


def _of(cluster: Cluster, deployed: Deployed) -> dict[str, Any]:
    database = deployed.database
    psql = None
    if database.service is not None:
        service = database.service.split(".")[0]
        psql = (
            f"{cluster.kubectl} --namespace {deployed.name} exec --stdin --tty service/{service} "
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
