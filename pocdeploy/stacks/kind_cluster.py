"""Compare the settings of a Kind cluster with the one that is deployed. Kind cannot change a cluster in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from pocdeploy.config import KindSettings, Settings
from pocdeploy.stacks.deployed import Deployed


def keep_node_image(settings: Settings, deployed: Deployed) -> Settings:
    """Keep the node image of the deployed cluster if none is set: another default must not recreate the cluster."""
    cluster, config = settings.cluster, _config(deployed)
    if not isinstance(cluster, KindSettings) or config is None or "node_image" in cluster.model_fields_set:
        return settings
    kept = cluster.model_copy(update={"node_image": _facts(config)["nodeImage"]})
    return settings.model_copy(update={"cluster": kept})


def kept(settings: Settings, deployed: Deployed) -> list[tuple[str, str, str]]:
    """Return key, deployed value and default of each default that does not apply to the deployed cluster."""
    cluster, there = settings.cluster, keep_node_image(settings, deployed).cluster
    if not isinstance(cluster, KindSettings) or not isinstance(there, KindSettings) or there == cluster:
        return []
    return [("nodeImage", there.node_image, cluster.node_image)]


def kept_config(cluster: KindSettings, deployed: Deployed) -> str | None:
    """Return the configuration of the deployed cluster if the settings ask for the same cluster; otherwise None.

    The text is used again as it is. An update of pocdeploy that writes it differently does not recreate the cluster.
    """
    command = deployed.kind_cluster
    return str(command.outputs["stdin"]) if command and not differences(cluster, deployed) else None


def differences(cluster: KindSettings, deployed: Deployed) -> list[str]:
    """Return the settings that differ from the deployed cluster, each as ``key: deployed -> wanted``."""
    command, config = deployed.kind_cluster, _config(deployed)
    if command is None:
        return []
    before = {"name": command.environment["CLUSTER"], **(_facts(config) if config else {})}
    wanted = {
        "name": cluster.name,
        "workers": cluster.workers,
        "nodeImage": cluster.node_image,
        "httpPort": cluster.http_port,
        "httpsPort": cluster.https_port,
    }
    return [f"{key}: {before.get(key)} -> {value}" for key, value in wanted.items() if before.get(key) != value]


def replaced(settings: Settings, deployed: Deployed) -> list[str]:
    """Return the settings that recreate or remove the deployed cluster."""
    if deployed.kind_cluster is None:
        return []
    cluster = settings.cluster
    if not isinstance(cluster, KindSettings):
        return [f"cluster.type: kind -> {cluster.type}"]
    return [f"cluster.{difference}" for difference in differences(cluster, deployed)]


def _config(deployed: Deployed) -> Mapping[str, Any] | None:
    """Return the configuration from which Kind created the cluster, if there is one."""
    command = deployed.kind_cluster
    content = yaml.safe_load(str(command.outputs.get("stdin") or "")) if command else None
    return content if isinstance(content, dict) and content.get("nodes") else None


def _facts(config: Mapping[str, Any]) -> dict[str, Any]:
    control_plane, *workers = config["nodes"]
    http, https = (mapping["hostPort"] for mapping in control_plane["extraPortMappings"])
    return {"workers": len(workers), "nodeImage": control_plane["image"], "httpPort": http, "httpsPort": https}
