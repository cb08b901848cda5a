"""Whether ports of this machine are free for containers."""

from __future__ import annotations

import errno
import itertools
import socket
from collections.abc import Callable, Mapping

from pocdeploy import fixes, process
from pocdeploy.errors import Finding

ADDRESS = "127.0.0.1"
_DOCKER_TIMEOUT = 20.0  # seconds


def taken(ports: Mapping[str, int], *, is_own: Callable[[str], bool] = lambda _: False) -> list[Finding]:
    """Return a finding for each of ``ports`` (config key → number) on which something listens on 127.0.0.1.

    ``is_own`` gets the name of a container, and returns whether it belongs to the stack, which will replace it.
    """
    findings = []
    suggested = set(ports.values())
    for key, port in ports.items():
        if not is_taken(port):
            continue
        holders = _containers(port)
        if holders and all(map(is_own, holders)):
            continue
        other = _free_port(port, suggested)
        suggested.add(other)
        finding = Finding(
            where=key,
            what=f"port {port} of {ADDRESS} is in use",
            actual=f"{port}, used by the container {', '.join(holders)}" if holders else str(port),
            expected="a free port from 1 to 65535",
            fix=fixes.set_value(key, other),
        )
        findings.append(finding)
    return findings


def is_taken(port: int) -> bool:
    """Return whether something listens on ``port`` of 127.0.0.1."""
    with socket.socket() as server:
        # As in Docker: a connection that was closed a moment ago does not occupy a port.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((ADDRESS, port))
        except PermissionError:  # a low port, which Docker may use and this user may not: does something accept?
            with socket.socket() as client:
                client.settimeout(1.0)
                return client.connect_ex((ADDRESS, port)) == 0
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        return False


def _containers(port: int) -> list[str]:
    listed = process.run(
        ["docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}"], timeout=_DOCKER_TIMEOUT
    )
    return listed.stdout.split() if listed.code == 0 else []


def _free_port(port: int, avoid: set[int]) -> int:
    """Return a port to use instead: 8080 for 80, 8443 for 443, else the next free one."""
    start = {80: 8080, 443: 8443}.get(port, port + 1 if 1024 <= port < 65000 else 8000)
    return next(other for other in itertools.count(start) if other not in avoid and not is_taken(other))
