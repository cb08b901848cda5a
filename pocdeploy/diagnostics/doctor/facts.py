"""Facts about machine, Docker and stacks, gathered once; the checks are functions from facts to results."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pocdeploy import process
from pocdeploy.config import KindSettings, Settings
from pocdeploy.config.local_cluster import LocalCluster, local_cluster
from pocdeploy.docker import containers
from pocdeploy.docker.containers import Container
from pocdeploy.stacks import lock_recovery

INOTIFY = ("max_user_instances", "max_user_watches")
PROC = Path("/proc")
"""Where the kernel shows its limits."""
CGROUP = Path("/sys/fs/cgroup")
_INFO = ("docker", "info", "--format", "{{json .}}")


@dataclass(frozen=True, kw_only=True)
class State:
    """The state of a stack in the project's own backend."""

    stack: str
    resources: int
    clusters: tuple[str, ...]
    """Names of its clusters on this machine."""
    held_by: int | None = None
    """Process that holds its lock."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts about machine, Docker, and the stacks on it."""

    stack: str
    local: LocalCluster | None
    """The part of the stack's cluster on this machine; None if it runs elsewhere."""
    docker: Mapping[str, Any]
    """``docker info``; empty if Docker does not answer."""
    containers: Sequence[Container] = ()
    system: str = "Linux"
    machine: str = "x86_64"
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[int] = ()
    """Ports of this machine that the stack's cluster publishes."""
    first_free_port: int = 1024
    """First port that the kernel gives to a program without root."""
    inotify: Mapping[str, int] = field(default_factory=dict)
    """Limits of the kernel, which all nodes share; empty if they cannot be read."""
    free_disk: int | None = None
    """Free bytes on Docker's disk; None if that is not on this machine's file system."""
    total_memory: int | None = None
    """Bytes of this machine, for a cluster whose container engine does not answer; None if it would be elsewhere."""
    cgroup: str = ""
    """Version of cgroup of this machine, in the same case."""
    free_memory: int | None = None
    """Bytes available without swapping; None if unknown."""
    clock_skew: float = 0.0
    """Seconds that Docker's clock is ahead of this machine's."""
    states: Sequence[State] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    """Cluster that this project has created -> its stack."""

    def exists(self, cluster: str) -> bool:
        """Return whether a cluster's control plane exists, running or not."""
        return any(container.name == f"{cluster}-control-plane" for container in self.containers)

    @property
    def is_new(self) -> bool:
        """Whether the stack's cluster does not exist yet."""
        return self.local is not None and not self.exists(self.local.name)


def gather(root: Path, stack: str, settings: Settings | None, *, asks_docker: bool = True) -> Facts:
    """Gather the facts about machine, Docker and the project's own backend. Change nothing, raise nothing.

    Args:
        root: the project.
        stack: name of the stack, without its organisation.
        settings: its settings, if they are valid.
        asks_docker: whether Docker is asked; it can take long if it does not answer.
    """
    info = process.run(_INFO, timeout=20.0) if asks_docker else process.Result(code=1)
    docker = _object(info.stdout) if info.code == 0 else {}
    # Without a server, the client still shows its own settings.
    docker = docker if docker.get("ServerVersion") else {}
    # The files of this machine are not those of a Docker in a virtual machine or elsewhere.
    is_here = platform.system() == "Linux" and docker.get("Name") == platform.node()
    would_be_here = platform.system() == "Linux" and not docker and not os.environ.get("DOCKER_HOST")
    return Facts(
        stack=stack,
        local=local_cluster(settings) if settings else None,
        docker=docker,
        containers=(containers.listed() or ()) if docker else (),
        system=platform.system(),
        machine=platform.machine().lower(),
        environment=os.environ,
        ports=_ports(settings),
        first_free_port=_first_free_port(),
        inotify=_inotify() if is_here else {},
        free_disk=_free_disk(docker) if is_here else None,
        total_memory=_memory("MemTotal") if would_be_here else None,
        cgroup=_cgroup() if would_be_here else "",
        free_memory=_memory("MemAvailable") if is_here or would_be_here else None,
        clock_skew=_clock_skew(docker),
        states=_states(root),
        owners=_owners(root),
    )


def _ports(settings: Settings | None) -> tuple[int, ...]:
    cluster = settings.cluster if settings else None
    return (cluster.http_port, cluster.https_port) if isinstance(cluster, KindSettings) else ()


def _first_free_port() -> int:
    with suppress(OSError, ValueError):
        return int((PROC / "sys/net/ipv4/ip_unprivileged_port_start").read_text())
    return 1024


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _inotify() -> dict[str, int]:
    limits = {}
    for name in INOTIFY:
        with suppress(OSError, ValueError):
            limits[name] = int((PROC / "sys/fs/inotify" / name).read_text())
    return limits


def _free_disk(docker: Mapping[str, Any]) -> int | None:
    # Only root may see its folder. The folder above is usually on the same file system.
    folder = Path(docker.get("DockerRootDir", "/var/lib/docker"))
    for candidate in (folder, *folder.parents):
        with suppress(OSError):
            return shutil.disk_usage(candidate).free
    return None


def _memory(kind: str) -> int | None:
    with suppress(OSError, ValueError, StopIteration):
        lines = (PROC / "meminfo").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(f"{kind}:")).split()[1]) * 1024
    return None


def _cgroup() -> str:
    return "2" if (CGROUP / "cgroup.controllers").is_file() else "1" if CGROUP.is_dir() else ""


def _clock_skew(docker: Mapping[str, Any]) -> float:
    try:
        shown = datetime.fromisoformat(str(docker["SystemTime"]))
    except (KeyError, ValueError):
        return 0.0
    # Docker may write any time zone; without one it is UTC.
    return (shown if shown.tzinfo else shown.replace(tzinfo=UTC)).timestamp() - time.time()


def _states(root: Path) -> list[State]:
    """Return the stacks of the project's own backend; other backends would need a request."""
    backend = root / ".pocdeploy" / "state"
    found = []
    for file in sorted((backend / ".pulumi" / "stacks" / "pocdeploy").glob("*.json")):
        content = _object(file.read_text("utf-8", errors="replace"))
        resources = ((content.get("checkpoint") or {}).get("latest") or {}).get("resources") or []
        clusters = {
            resource.get("inputs", {}).get("environment", {}).get("CLUSTER")
            for resource in resources
            if "CONFIG_HASH" in (resource.get("inputs") or {}).get("environment", {})
        }
        alive = [
            lock.pid
            for lock in lock_recovery.locks(backend, "pocdeploy", file.stem)
            if lock_recovery.process_is_alive(lock.pid)
        ]
        found.append(
            State(
                stack=file.stem,
                resources=len(resources),
                clusters=tuple(sorted(filter(None, clusters))),
                held_by=alive[0] if alive else None,
            )
        )
    return found


def _owners(root: Path) -> dict[str, str]:
    owners = {}
    for file in sorted((root / ".pocdeploy" / "clusters").glob("*/owner")):
        with suppress(OSError):
            owners[file.parent.name] = (file.read_text("utf-8").split() or [""])[0]
    return owners
