"""The public IP address of this machine."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from pocdeploy import fixes, http
from pocdeploy.errors import Finding, PreflightError

SERVICE = "https://checkip.amazonaws.com"
"""Responds with the address that a request came from; run by AWS."""
KEY = "pocdeploy:cluster.publicAccessCidrs"
TIMEOUT = 5.0  # seconds


def own_network() -> str:
    """Return this machine's public address as a network, for example ``203.0.113.7/32``.

    Raises:
        PreflightError: if the address is unknown; the error names the setting to use instead.
    """
    try:
        with http.request("GET", SERVICE, timeout=TIMEOUT, follow_redirects=True, check_status=True) as response:
            answer = http.read(response, limit=64).decode("ascii", "replace").strip()
    except http.HttpError as error:
        raise _unknown(str(error)) from None
    try:
        return str(ip_network(ip_address(answer)))
    except ValueError:
        raise _unknown(answer[:40] or "an empty answer") from None


def _unknown(answer: str) -> PreflightError:
    finding = Finding(
        where=KEY,
        what=f"publicAccessCidrs is not set, and this machine's address cannot be read from {SERVICE}",
        actual=answer,
        expected="networks that may reach the cluster's API, for example 203.0.113.7/32",
        fix=fixes.set_value(KEY, ["203.0.113.7/32"]),
    )
    return PreflightError([finding])
