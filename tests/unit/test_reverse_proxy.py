"""The reverse proxy in front of an application that only knows its own host name."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pocdeploy.reverse_proxy import Proxy


class Application(BaseHTTPRequestHandler):
    """Answers with what it was asked; redirects from /old to its own address."""

    seen: dict[str, str]

    def _answer(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server.seen = {"request": f"{self.command} {self.path}", "body": body.decode(), **dict(self.headers.items())}
        self.send_response(302 if self.path == "/old" else 200)
        if self.path == "/old":
            self.send_header("Location", f"http://localhost:{server.server_port}/new")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(b"hello")

    do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def application() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def target(application: Any) -> str:
    return f"http://localhost:{application.server_port}"


def ask(port: int, method: str, path: str, **options: Any) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, **options)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_the_application_sees_its_own_host_and_origin(application: Any, target: str) -> None:
    with Proxy(target=target).serve("127.0.0.1", 0) as port:
        shared = f"http://192.0.2.7:{port}"
        headers = {
            "Host": f"192.0.2.7:{port}",
            "Origin": shared,
            "Referer": f"{shared}/1/",
            "Cookie": "c=3",
            "X-Forwarded-Proto": "https",
        }
        response, body = ask(port, "POST", "/1/vote/?a=b", body="choice=1", headers=headers)

    seen = application.seen
    assert (response.status, body) == (200, b"hello")
    assert (seen["request"], seen["body"], seen["Cookie"]) == ("POST /1/vote/?a=b", "choice=1", "c=3")
    assert (seen["Host"], seen["Origin"], seen["Referer"]) == (
        target.removeprefix("http://"),
        target,
        f"{target}/1/",
    )
    assert "X-Forwarded-Proto" not in seen


def test_a_foreign_origin_stays_foreign(application: Any, target: str) -> None:
    with Proxy(target=target).serve("127.0.0.1", 0) as port:
        ask(port, "POST", "/", headers={"Origin": "https://evil.example", "Host": "shared"})
    assert application.seen["Origin"] == "https://evil.example"


def test_redirects_stay_at_the_shared_address_and_cookies_pass(target: str) -> None:
    with Proxy(target=target).serve("127.0.0.1", 0) as port:
        response, _ = ask(port, "GET", "/old")
    assert (response.status, response.headers["Location"]) == (302, "/new")
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/", "/admin/login/?next=/", "//admin/", "/x/../admin/", "/%61dmin/", "/./ADMIN/polls/"]
)
def test_a_closed_path_is_refused_however_it_is_written(application: Any, target: str, path: str) -> None:
    application.seen = {}
    proxy = Proxy(target=target, closed=("/admin/",))
    with proxy.serve("127.0.0.1", 0) as port:
        response, body = ask(port, "GET", path)
    assert (response.status, body) == (403, b"This part of the application is not shared.\n")
    assert application.seen == {}


@pytest.mark.parametrize(("path", "status"), [("/administer", 200), ("/polls/admin/", 200), ("http://x/admin/", 400)])
def test_other_paths_are_not_closed(target: str, path: str, status: int) -> None:
    with Proxy(target=target, closed=("/admin/",)).serve("127.0.0.1", 0) as port:
        assert ask(port, "GET", path)[0].status == status


def test_an_application_that_does_not_answer_is_reported(application: Any, target: str) -> None:
    application.shutdown()
    application.server_close()
    with Proxy(target=target).serve("127.0.0.1", 0) as port:
        response, body = ask(port, "GET", "/")
    assert response.status == 502
    assert b"does not answer" in body


def test_a_port_in_use_is_replaced_and_visits_are_counted(application: Any, target: str) -> None:
    proxy = Proxy(target=target)
    with proxy.serve("127.0.0.1", application.server_port) as port:
        assert port != application.server_port
        ask(port, "GET", "/")
        ask(port, "GET", "/")
    assert (proxy.visits.requests, proxy.visits.visitors) == (2, {"127.0.0.1"})
    with pytest.raises(ConnectionRefusedError):
        ask(port, "GET", "/")
