"""Test equipment: a web server on 127.0.0.1 with given pages, which keeps the requests that it gets."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.processes import answering

NEEDS_OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, to make certificates, is missing")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A response; Content-Length is that of ``body`` unless ``headers`` has another."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running server."""

    port: int
    url: str
    """Without a slash at the end."""
    requests: list[Request]


@contextmanager
def serving(pages: Mapping[str, Page], *, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Serve ``pages`` by path, and 404 for all others."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            requests.append(Request(method=self.command, path=self.path, headers=dict(self.headers.items()), body=body))
            page = pages.get(self.path, Page(status=404))
            self.send_response(page.status)
            for name, value in {"Content-Length": str(len(page.body)), **page.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(page.body)

        do_GET = do_HEAD = do_POST = do_PATCH = respond  # noqa: N815 -- names of the base class

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with answering(server):
        scheme = "https" if tls else "http"
        yield Site(port=server.server_port, url=f"{scheme}://127.0.0.1:{server.server_port}", requests=requests)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """Make a self-signed certificate for the host ``name``; return a server's context and the certificate's file."""
    key, file = folder / "key.pem", folder / "certificate.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command = ["openssl", "req", "-x509", *kind, *subject, "-keyout", str(key), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context, file
