"""Test equipment: as much of a cluster's API as the program asks for. Everything else is answered with 404."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests import fakecluster
from tests.engine.world import Cluster, World


@contextmanager
def serve_api(world: World) -> Iterator[str]:
    """Serve the records of Helm releases of every cluster; gives the address, below which is each cluster's id."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            identity, _, path = urlsplit(self.path).path.strip("/").partition("/")
            found = fakecluster.answer(f"/{path}", _objects(world.by_id(identity)))
            if found is not None:
                self._send(found)
                return
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
            self._send(missing if items is None else answer, status=404 if items is None else 200)

        def _send(self, content: dict[str, object], status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
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


def _objects(cluster: Cluster) -> list[dict[str, Any]]:
    """Return what is in a cluster as far as the program looks at it: what was there, namespaces, and operators."""
    found = [*cluster.given]
    for (kind, namespace, name), inputs in cluster.objects.items():
        if kind == "Namespace":
            found.append(inputs)
        elif kind == "Release":
            owner = f"{namespace}/{name}"
            found += {
                "cnpg": [
                    fakecluster.operator("cloudnative-pg", namespace),
                    fakecluster.definition("clusters.postgresql.cnpg.io", owner),
                ],
                "traefik": [fakecluster.ingress_class("traefik", owner)],
                "monitoring": [fakecluster.operator("prometheus-operator", namespace)],
            }.get(name, [])
    return found
