"""The address under which the internet sees this machine."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from pocdeploy.errors import Finding, PreflightError

SERVICE = "https://checkip.amazonaws.com"
"""Answers with the address that a request came from; run by AWS: https://checkip.amazonaws.com."""
KEY = "pocdeploy:cluster.publicAccessCidrs"
TIMEOUT = 5.0  # seconds


def _ask() -> str:
    with urllib.request.urlopen(SERVICE, timeout=TIMEOUT) as answer:
        return str(answer.read(64).decode("ascii", "replace")).strip()


def own_network(ask: Callable[[], str] = _ask) -> str:
    """Return this machine's public address as a network of one, for example ``203.0.113.7/32``.

    Raises:
        PreflightError: if it cannot be found out, with the setting that makes the question unnecessary.
    """
    try:
        answer = ask()
    except (OSError, http.client.HTTPException) as error:
        raise _unknown(str(error)) from None
    try:
        return str(ip_network(ip_address(answer)))
    except ValueError:
        raise _unknown(answer[:40] or "an empty answer") from None


def _unknown(got: str) -> PreflightError:
    finding = Finding(
        where=KEY,
        what=f"nobody is named who may reach the cluster's API, and this machine's address is not known from {SERVICE}",
        actual=got,
        expected="networks that may reach it, for example 203.0.113.7/32",
        fix=f"pulumi config set --path '{KEY}[0]' <your address>/32",
    )
    return PreflightError([finding])
