"""Facts for the tests of doctor: a good machine, and containers of clusters."""

from __future__ import annotations

from typing import Any

from pocdeploy.config.local_cluster import LocalCluster
from pocdeploy.diagnostics.doctor import machine
from pocdeploy.diagnostics.doctor.facts import Facts
from pocdeploy.docker.containers import Container

GIB = machine.GIB
LOCAL = LocalCluster(name="shop", node_image="kindest/node:v1.36.4@sha256:0", nodes=4, registry_port=5001)
DOCKER: dict[str, Any] = {
    "ServerVersion": "28.1.0",
    "Driver": "overlay2",
    "Architecture": "x86_64",
    "MemTotal": 16 * GIB,
    "CgroupVersion": "2",
}


def facts(docker: dict[str, Any] | None = None, **more: Any) -> Facts:
    return Facts(**{"stack": "dev", "local": LOCAL, "docker": {**DOCKER, **(docker or {})}, **more})


def node(cluster: str, role: str = "control-plane", *, running: bool = True, name: str = "") -> Container:
    return Container(name=f"{cluster}-{name or role}", running=running, status="", cluster=cluster, role=role)


def nodes(cluster: str = "shop", **more: Any) -> list[Container]:
    return [node(cluster, **more), *(node(cluster, "worker", name=f"worker{n}", **more) for n in ("", 2, 3))]


def registry(cluster: str, stack: str, *, running: bool = True) -> Container:
    return Container(name=f"{cluster}-registry", running=running, status="", registry_of=stack)


def severities(results: Any) -> list[tuple[str, str]]:
    return [(result.check, str(result.severity)) for result in results]
