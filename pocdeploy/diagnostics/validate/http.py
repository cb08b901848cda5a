"""Fetch a page as a browser does, once, without following redirects."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pocdeploy import http

TIMEOUT = 10.0  # seconds
BODY_LIMIT = 2 * 1024 * 1024  # bytes


@dataclass(frozen=True, kw_only=True)
class Page:
    """A response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: str = ""
    expires: float | None = None
    """Seconds since 1970 at which the server's certificate expires; None without TLS."""


def fetch(url: str, *, accept: str = "*/*") -> Page:
    """Send GET to ``url``, directly: a proxy of the environment does not know the names of this machine.

    Raises:
        OSError: if there is no response; ssl.SSLError if the certificate is not trusted.
    """
    parts = urlsplit(url)
    expires = _certificate_expiry(parts.hostname or "", parts.port or 443) if parts.scheme == "https" else None
    with http.request("GET", url, timeout=TIMEOUT, headers={"Accept": accept}, use_proxies=False) as response:
        return Page(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=http.read(response, limit=BODY_LIMIT).decode(errors="replace"),
            expires=expires,
        )


def _certificate_expiry(host: str, port: int) -> float | None:
    """Return when the server's certificate expires, which requests does not tell."""
    with (
        socket.create_connection((http.connect_address(host), port), timeout=TIMEOUT) as connection,
        ssl.create_default_context().wrap_socket(connection, server_hostname=host) as tls,
    ):
        certificate = tls.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(certificate["notAfter"]))) if "notAfter" in certificate else None
