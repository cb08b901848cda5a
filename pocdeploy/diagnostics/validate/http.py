"""Ask an address as a browser does, once, without following redirections."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

TIMEOUT = 10.0  # seconds
MOST = 2 * 1024 * 1024  # bytes of a body that are read


@dataclass(frozen=True, kw_only=True)
class Page:
    """An answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: str = ""
    expires: float | None = None
    """Seconds since 1970 at which the server's certificate expires; None without TLS."""


class Fetch(Protocol):
    """The signature of ``fetch``."""

    def __call__(self, url: str, *, accept: str = "*/*") -> Page:
        """Ask ``url``; raises OSError if there is no answer, ssl.SSLError if the certificate is not to be trusted."""
        ...


def fetch(url: str, *, accept: str = "*/*") -> Page:
    """Ask ``url`` with GET.

    Names below ``localhost`` lead to this machine, as in browsers (RFC 6761); not every system resolves them.

    Raises:
        OSError: if there is no answer; ssl.SSLError if the certificate is not to be trusted.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = _Tls(address, parts.port or 443, name=host)
    else:
        connection = http.client.HTTPConnection(address, parts.port or 80, timeout=TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path, headers={"Host": parts.netloc, "Accept": accept, "User-Agent": "pocdeploy"})
        # Taken before the answer is read: with it the connection may be closed.
        expires = _expiry(connection)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Page(
            status=answer.status, headers=headers, body=answer.read(MOST).decode(errors="replace"), expires=expires
        )
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()


class _Tls(http.client.HTTPSConnection):
    """Connects to one name and asks for the certificate of another."""

    def __init__(self, address: str, port: int, *, name: str) -> None:
        self._ssl = ssl.create_default_context()
        super().__init__(address, port, timeout=TIMEOUT, context=self._ssl)
        self._name = name

    def connect(self) -> None:
        """Connect and shake hands under the name that a browser would show."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._ssl.wrap_socket(self.sock, server_hostname=self._name)


def _expiry(connection: http.client.HTTPConnection) -> float | None:
    if not isinstance(connection.sock, ssl.SSLSocket):
        return None
    certificate = connection.sock.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(certificate["notAfter"]))) if "notAfter" in certificate else None
