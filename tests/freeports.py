"""Ports for servers that have to be told theirs before they start."""

from __future__ import annotations

import random
import socket

FIRST, LAST = 10_000, 19_999
"""Below the ports that Linux (32768) and macOS (49152) hand out by themselves: layers of tests run beside each other,
and a port that was handed out and given back is somebody else's a moment later."""


def free_port() -> int:
    """Return a port of 127.0.0.1 without a listener."""
    while True:
        port = random.randint(FIRST, LAST)  # noqa: S311 -- no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def free_ports(count: int) -> list[int]:
    """Return as many ports, all different."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return list(found)
