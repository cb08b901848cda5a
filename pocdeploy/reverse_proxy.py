"""A small reverse proxy: people reach a local application under another address, and it sees its own host name.

An application accepts requests for the host names and origins that it knows (ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS). The
proxy puts the application's own into each request, and takes its address out of redirects. It passes no WebSockets on.
"""

from __future__ import annotations

import http.client
import posixpath
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from pocdeploy.http import connect_address

TIMEOUT = 60.0  # seconds
CHUNK = 1 << 16  # bytes
BODY_LIMIT = 1 << 26  # bytes
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that are for one connection alone (RFC 9110, 7.6.1)."""
CLOSED = b"This part of the application is not shared.\n"


@dataclass
class Visits:
    """Who came."""

    requests: int = 0
    visitors: set[str] = field(default_factory=set)
    """Addresses, as far as they are known: a tunnel's requests all come from this machine."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, address: str) -> None:
        """Count a request."""
        with self.lock:
            self.requests += 1
            self.visitors.add(address)


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """What a proxy passes on, and where to."""

    target: str
    """Address of the application, as it knows itself, for example ``http://localhost:8000``."""
    closed: tuple[str, ...] = ()
    """Paths that are refused, with all below them, for example ``/admin/``."""
    visits: Visits = field(default_factory=Visits)

    @contextmanager
    def serve(self, address: str, port: int) -> Iterator[int]:
        """Serve at ``address`` while the block runs; yield the port, a free one if ``port`` is 0 or in use.

        Raises OSError if the address is not one of this machine.
        """
        server = self._server(address, port)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def is_closed(self, path: str) -> bool:
        """Return whether a request's path is refused, however it is written."""
        plain = posixpath.normpath(f"/{unquote(path.partition('?')[0])}").replace("//", "/").lower()
        return any(f"{plain}/".startswith(f"{closed.rstrip('/').lower()}/") for closed in self.closed)

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection to the application."""
        parts = urlsplit(self.target)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(connect_address(parts.hostname or ""), parts.port, timeout=TIMEOUT)

    def request_headers(self, given: Any) -> dict[str, str]:
        """Return the headers for the application: its own host and origin, and nothing about proxies."""
        shared = given.get("Host", "")
        kept = {
            name: value
            for name, value in given.items()
            if name.lower() not in HOP_BY_HOP and not name.lower().startswith(("x-forwarded-", "forwarded"))
        }
        for name in ("Origin", "Referer"):
            if name in kept and urlsplit(kept[name]).netloc == shared:
                parts = urlsplit(kept[name])
                kept[name] = f"{self.target}{kept[name].removeprefix(f'{parts.scheme}://{parts.netloc}')}"
        return {**kept, "Host": urlsplit(self.target).netloc, "Connection": "close"}

    def response_header(self, name: str, value: str) -> str:
        """Return the value of a header for the visitor: a redirect to the application stays at the shared address."""
        if name.lower() in {"location", "content-location"} and f"{value}/".startswith(f"{self.target}/"):
            return value.removeprefix(self.target) or "/"
        return value

    def _server(self, address: str, port: int) -> ThreadingHTTPServer:
        proxy = self

        class Handler(_Handler):
            passed_to = proxy

        try:
            return ThreadingHTTPServer((address, port), Handler)
        except OSError:
            if port == 0:
                raise
            return ThreadingHTTPServer((address, 0), Handler)


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on."""

    passed_to: Proxy
    timeout = TIMEOUT

    def log_message(self, *_: Any) -> None:
        """Write nothing: the application has its own log."""

    def _pass_on(self) -> None:
        proxy = self.passed_to
        proxy.visits.count(self.client_address[0])
        if not self.path.startswith("/"):  # a whole address is for forward proxies, and would hide a closed path
            self._answer(400, b"Bad request.\n")
            return
        if proxy.is_closed(self.path):
            self._answer(403, CLOSED)
            return
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT or self.headers.get("Transfer-Encoding"):
            self._answer(413, b"Too large.\n")
            return
        body = self.rfile.read(length) if length else None
        connection = proxy.connect()
        try:
            connection.request(self.command, self.path, body=body, headers=proxy.request_headers(self.headers))
            self._give_back(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            with suppress(OSError):
                self._answer(502, f"The application does not answer: {error}\n".encode())
        finally:
            connection.close()

    def _give_back(self, response: http.client.HTTPResponse) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, self.passed_to.response_header(name, value))
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # the visitor went away
            while piece := response.read1(CHUNK):
                self.wfile.write(piece)

    def _answer(self, status: int, text: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)

    # The names that http.server looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _pass_on  # noqa: N815
