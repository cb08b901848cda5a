"""The containers of Docker on this machine, and the cluster that each belongs to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pocdeploy import process
from pocdeploy.config.local_cluster import NODE_LABEL, REGISTRY_LABEL, ROLE_LABEL

_DOCKER_TIMEOUT = 20.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container, running or not."""

    name: str
    running: bool
    status: str
    """As Docker shows it, for example ``Exited (137) 5 minutes ago``."""
    cluster: str | None = None
    """Cluster of which it is a node."""
    role: str = ""
    """``control-plane`` or ``worker``, if it is a node."""
    registry_of: str | None = None
    """Stack of which it is the registry."""


def listed() -> list[Container] | None:
    """Return all containers; None if Docker does not respond."""
    result = process.run(["docker", "ps", "--all", "--format", "{{json .}}"], timeout=_DOCKER_TIMEOUT)
    if result.code:
        return None
    return [_container(json.loads(line)) for line in result.stdout.splitlines() if line.strip()]


def _container(shown: dict[str, str]) -> Container:
    # Labels are joined with commas. A comma in the value of another label makes a wrong label that is not used here.
    labels = dict(part.partition("=")[::2] for part in shown.get("Labels", "").split(","))
    status = shown.get("Status", "")
    registry = labels.get(REGISTRY_LABEL)
    return Container(
        name=shown["Names"],
        # Docker before 20.10 gives no State.
        running=shown.get("State", "running" if status.startswith("Up") else "") == "running",
        status=status,
        cluster=labels.get(NODE_LABEL),
        role=labels.get(ROLE_LABEL, ""),
        registry_of=registry.split(" ")[0] if registry else None,
    )


def nodes_of(containers: Iterable[Container], cluster: str) -> list[Container]:
    """Return the nodes of a cluster in the order to start them: the control plane first."""
    nodes = [container for container in containers if container.cluster == cluster]
    return sorted(nodes, key=lambda node: (node.role != "control-plane", node.name))
