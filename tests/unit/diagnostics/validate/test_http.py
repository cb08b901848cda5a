"""Validate: a page is fetched as a browser does."""

from __future__ import annotations

import http.server
import ssl
from collections.abc import Iterator

import pytest

from pocdeploy.diagnostics.validate.http import fetch
from tests.processes import answering


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path == "/moved?a=b" else 200)
            self.send_header("X-Host", self.headers["Host"])
            self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            self.wfile.write(b"body")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with answering(made):
        yield f"localhost:{made.server_port}"


def test_a_page_is_asked_as_a_browser_does(server: str) -> None:
    page = fetch(f"http://grafana.{server}/moved?a=b")
    assert (page.status, page.headers["x-host"], page.body, page.expires) == (302, f"grafana.{server}", "body", None)
    with pytest.raises(OSError, match="refused"):
        fetch("http://localhost:1/")
    with pytest.raises(ssl.SSLError):
        fetch(f"https://{server}/")
