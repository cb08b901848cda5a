"""Settings of a stack whose applications are processes of this machine. It is no cluster: docs/processes.md."""

from __future__ import annotations

from typing import Literal

from pocdeploy.config.types import Flag, Model, Port

PROCESSES: Literal["processes"] = "processes"
FIRST_PORT = 8000
"""Port of the first application, unless the settings name one."""
LOWEST_PORT = 1024
"""A process of a user cannot listen on a lower port."""


class ProcessesSettings(Model):
    """Processes of this machine on one PostgreSQL, without Kubernetes."""

    type: Literal["processes"]
    """`processes`: without Kubernetes, as processes of this machine: docs/processes.md."""
    http_port: Port = FIRST_PORT
    """Port of the first application on 127.0.0.1; the others and the metrics have the ports after it."""
    protect: Flag | None = None
    """Refuse a `make down` that deletes the databases; default: `true` in stacks whose name begins with
    `prod`."""


def first_port(cluster: object) -> int:
    """Return the port of the first application, if a stack with these settings runs as processes.

    A fallback has the gateway's port, unless a process cannot have it.
    """
    port = getattr(cluster, "http_port", FIRST_PORT)
    return port if isinstance(port, int) and port >= LOWEST_PORT else FIRST_PORT
