"""Validate: pages, their files and certificates, asked for as a browser does."""

from __future__ import annotations

import http.server
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from pocdeploy.diagnostics.validate.http import Page, fetch
from pocdeploy.diagnostics.validate.pages import linked
from tests.processes import answering
from tests.unit.goodstack import NOW, URL, Site, bad, look, subject


@pytest.mark.parametrize(
    ("pages", "check", "severity", "what"),
    [
        ({URL: Page(status=503)}, "url", "fail", "answers 503"),
        ({URL: ConnectionRefusedError(111, "Connection refused")}, "url", "fail", "Connection refused"),
        ({f"{URL}readyz": Page(status=500)}, "url", "fail", "readyz answers 500"),
        ({f"{URL}static/a.css": Page(status=404)}, "static", "fail", "a.css: answers 404"),
        ({f"{URL}static/a.css": Page(status=200)}, "static", "warn", "neither Cache-Control"),
        ({f"{URL}admin/": Page(status=404)}, "admin", "fail", "answers 404"),
    ],
)
def test_what_a_browser_would_miss(pages: dict[str, Any], check: str, severity: str, what: str) -> None:
    (found,) = bad(subject(fetch=Site(**pages)), check)
    assert found.severity == severity
    assert what in found.what


def test_an_interface_without_a_first_page_is_well_if_it_is_ready() -> None:
    assert bad(subject(fetch=Site(**{URL: Page(status=404)})), "url") == []
    gone = {URL: Page(status=404), f"{URL}readyz": Page(status=404)}
    (found,) = bad(subject(fetch=Site(**gone)), "url")
    assert "readyz answers 404" in found.what


def test_only_files_of_the_same_host_are_followed_each_once() -> None:
    body = (
        '<link rel="icon" href="i.png"><link rel=canonical href=/c><img src="/a.png"><img src="/a.png">'
        '<img src="data:image/png;base64,x"><script src="//other.example/x.js"></script><script>1</script>'
    )
    assert linked(body, "http://h:8080/p/") == ["http://h:8080/p/i.png", "http://h:8080/a.png"]


@pytest.mark.parametrize(
    ("answer", "severity"),
    [
        (Page(status=200, expires=NOW.timestamp() + 60 * 86400), "ok"),
        (Page(status=200, expires=NOW.timestamp() + 3 * 86400), "warn"),
        (ssl.SSLCertVerificationError("certificate has expired"), "fail"),
    ],
)
def test_certificates_that_are_served(answer: Any, severity: str) -> None:
    url = "https://shop.example/"
    given = subject(outputs={"apps": {"polls": {"url": url}}}, fetch=Site(**{url: answer}))
    assert [outcome.severity for outcome in look(given, "tls")] == [severity]


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
