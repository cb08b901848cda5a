"""Test equipment: as much of a cluster's API as the program's hooks ask for. Everything else is answered with 404."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.engine.world import World


@contextmanager
def serve_api(world: World) -> Iterator[str]:
    """Serve the records of Helm releases of every cluster; gives the address, below which is each cluster's id."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            labels = {"status": "deployed", "modifiedAt": str(int(time.time()))}
            records = self._records()
            self._answer(
                None if records is None else [{"metadata": {"name": key[2], "labels": labels}} for key in records]
            )

        def do_DELETE(self) -> None:
            records = self._records()
            for key in records or []:
                world.by_id(self._path()[0]).objects.pop(key)
            self._answer(None if records is None else [])

        def do_PATCH(self) -> None:
            self._answer(None)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

        def _path(self) -> list[str]:
            return urlsplit(self.path).path.strip("/").split("/")

        def _records(self) -> list[tuple[str, str, str]] | None:
            """Return the releases whose records are asked for; None if something else is."""
            query = parse_qs(urlsplit(self.path).query)
            match self._path():
                case [identity, "api", "v1", "namespaces", namespace, "secrets"] if "labelSelector" in query:
                    labels = dict(part.split("=") for part in query["labelSelector"][0].split(","))
                    key = ("Release", namespace, labels["name"])
                    return [key] if key in world.by_id(identity).objects else []
                case _:
                    return None

        def _answer(self, items: list[dict[str, object]] | None) -> None:
            answer = {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": items}
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            body = json.dumps(missing if items is None else answer).encode()
            self.send_response(404 if items is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
