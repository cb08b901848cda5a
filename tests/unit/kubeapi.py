"""A Kubernetes API server with pods, a watch on them, their logs, and fixed responses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pocdeploy import process
from pocdeploy.toolchain import install
from tests.processes import answering

TIMEOUT = 30.0
"""Seconds after which a test that waits for a change has failed."""
ACCESS = {
    "time": "2026-11-21T08:14:43.678Z",
    "level": "INFO",
    "logger": "gunicorn.access",
    "message": "GET /1/ 200",
    "request_id": "8b292d2f",
    "duration_ms": 4.9,
    "bytes": 1451,
}
"""A record of an application that writes its log as JSON."""


@dataclass
class FakeCluster:
    """State of the cluster. Each change and each request wakes up the open responses and the waiting test."""

    url: str = ""
    pods: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[tuple[str, int], list[tuple[str, str]]] = field(default_factory=dict)
    """Pod and number of its restarts -> time and text of what it wrote."""
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    """Path -> object; a number is an HTTP status."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    cuts: int = 0
    """Number of times that all connections were cut."""
    broken: bool = False
    clock: int = 0

    @property
    def kubeconfig(self) -> str:
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "x", "cluster": {"server": self.url}}],
            "users": [{"name": "x", "user": {"token": "secret"}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
            "current-context": "x",
        }
        return json.dumps(content)

    @contextmanager
    def change(self) -> Iterator[None]:
        with self.changed:
            yield
            self.changed.notify_all()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds; fail if it does not in time."""
        with self.changed:
            assert self.changed.wait_for(condition, TIMEOUT), "the condition does not hold in time"

    def start(self, name: str) -> None:
        with self.change():
            status = {"name": "web", "restartCount": 0, "state": {"running": {}}, "lastState": {}}
            self.pods[name] = {
                "metadata": {"name": name, "uid": f"uid of {name}"},
                "status": {"containerStatuses": [status]},
            }
            self.lines[name, 0] = []
            self._event("ADDED", name)

    def write(self, name: str, *texts: str) -> None:
        with self.change():
            for text in texts:
                self.clock += 1
                # Without trailing zeros, as a kubelet writes them: .9 is before .95, and is not as a text.
                stamp = f"2026-01-01T00:00:{self.clock // 100:02}.{self.clock % 100:02}".rstrip("0").rstrip(".") + "Z"
                self.lines[name, self._status(name)["restartCount"]].append((stamp, text))

    def restart(self, name: str, reason: str = "OOMKilled", code: int = 137) -> None:
        with self.change():
            status = self._status(name)
            status["restartCount"] += 1
            status["lastState"] = {"terminated": {"reason": reason, "exitCode": code}}
            self.lines[name, status["restartCount"]] = []
            self._event("MODIFIED", name)

    def finish(self, name: str) -> None:
        with self.change():
            self._status(name)["state"] = {"terminated": {"exitCode": 0}}
            self._event("MODIFIED", name)

    def delete(self, name: str, *, silently: bool = False) -> None:
        with self.change():
            self._event("DELETED", name, silently=silently)
            del self.pods[name]

    def cut(self) -> None:
        with self.change():
            self.cuts += 1

    def _status(self, name: str) -> dict[str, Any]:
        return self.pods[name]["status"]["containerStatuses"][0]

    def _event(self, kind: str, name: str, *, silently: bool = False) -> None:
        # A copy: the state goes on changing.
        event = json.loads(json.dumps({"type": kind, "object": self.pods[name]}))
        self.events.append({"type": "BOOKMARK"} if silently else event)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: FakeCluster
    cuts: int

    def do_GET(self) -> None:
        cluster, parts = self.cluster, urlsplit(self.path)
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        with cluster.change():
            cluster.requests.append((parts.path, query))
            self.cuts, broken = cluster.cuts, cluster.broken
            answer = cluster.answers.get(parts.path)
            listing = {"items": list(cluster.pods.values()), "metadata": {"resourceVersion": str(len(cluster.events))}}
            text = json.dumps(listing if answer is None else answer)
        if broken:
            self._whole('{"message": "the server is starting"}', 503)
        elif parts.path.endswith("/log"):
            self._log(parts.path.split("/")[-2], query)
        elif query.get("watch"):
            self._stream(cluster.events, int(query["resourceVersion"]), json.dumps, lambda: False)
        elif isinstance(answer, int):
            self._whole('{"message": "no"}', answer)
        else:
            self._whole(text)

    def _log(self, name: str, query: dict[str, str]) -> None:
        cluster = self.cluster
        if name not in cluster.pods:
            self._whole('{"message": "not found"}', 404)
            return
        run = cluster._status(name)["restartCount"]
        lines = cluster.lines[name, run]
        start = 0
        if "tailLines" in query:
            start = max(0, len(lines) - int(query["tailLines"]))
        elif "sinceTime" in query:
            since = query["sinceTime"][:19]  # the second, as the real one
            start = sum(stamp[:19] < since for stamp, _ in lines)

        def over() -> bool:
            status = cluster.pods[name]["status"]["containerStatuses"][0] if name in cluster.pods else None
            return (
                query["follow"] == "false"
                or status is None
                or status["restartCount"] != run
                or ("terminated" in status["state"])
            )

        self._stream(lines, start, " ".join, over)

    def _stream(self, source: list[Any], start: int, text: Callable[[Any], str], over: Callable[[], bool]) -> None:
        """Send the items of ``source`` and each new one, in pieces that do not end where lines do."""
        cluster = self.cluster
        cuts = self.cuts
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = start
        while True:
            with cluster.changed:
                while len(source) == sent and not over() and cluster.cuts == cuts:
                    cluster.changed.wait()
                new = source[sent:]
                ends = over()
            if cluster.cuts > cuts:
                self.close_connection = True
                return
            for each in new:
                line = f"{text(each)}\n".encode()
                for piece in (line[:7], line[7:]):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            sent += len(new)
            if ends:
                self.wfile.write(b"0\r\n\r\n")
                return

    def _whole(self, text: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serving() -> Iterator[FakeCluster]:
    cluster = FakeCluster()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"cluster": cluster}))
    cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        with answering(server):
            yield cluster
    finally:
        cluster.cut()


def project_on(cluster: FakeCluster, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a project whose stack dev runs in the fake cluster; other stacks do not exist."""
    (folder / "kubeconfig").write_text(cluster.kubeconfig)
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "app" / "polls").mkdir(parents=True)
    (folder / "app" / "polls" / "Dockerfile").write_text("FROM scratch\n")
    pulumi = folder / ".pocdeploy" / "bin" / "pulumi"
    pulumi.parent.mkdir(parents=True)
    pulumi.write_text("#!/bin/sh\n")
    pulumi.chmod(0o755)

    def answer(command: list[str], **_: object) -> process.Result:
        if command[1:] != ["stack", "output", "--json", "--stack", "dev"]:
            return process.Result(code=6, stderr="error: no stack named 'other' found\n")
        return process.Result(code=0, stdout='{"kubeconfigPath": "kubeconfig"}')

    monkeypatch.setattr(process, "run", answer)
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)
    for name in ("STACK", "APP"):
        monkeypatch.delenv(name, raising=False)
    return folder
