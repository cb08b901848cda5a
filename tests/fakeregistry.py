"""Test equipment: an image registry that takes the beginning of a push, or does not."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.processes import answering


@contextmanager
def registry(*, user: str = "", token: str = "", takes: bool = True) -> Iterator[tuple[str, list[str]]]:
    """Serve a registry that wants a user's password, or a token that it gives for it; yields its name and the log."""
    log: list[str] = []
    basic = f"Basic {base64.b64encode(f'{user}:right'.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            log.append(f"POST {self.path}")
            wanted = f"Bearer {token}" if token else basic
            if user and self.headers.get("Authorization") != wanted:
                realm = f'Bearer realm="http://127.0.0.1:{port}/token",service="s"' if token else 'Basic realm="x"'
                self._answer(401, {"WWW-Authenticate": realm})
            else:
                self._answer(202 if takes else 403, {"Location": "/v2/upload-1"})

        def do_GET(self) -> None:
            log.append(f"GET {self.path}")
            granted = self.headers.get("Authorization") == basic
            self._answer(200 if granted else 401, {}, json.dumps({"token": token}).encode())

        def do_DELETE(self) -> None:
            log.append(f"DELETE {self.path}")
            self._answer(204, {})

        def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_port
    with answering(server):
        yield f"127.0.0.1:{port}/team", log
