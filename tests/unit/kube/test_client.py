"""The client over real connections: what it sends, and what each response or its absence results in."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy.errors import ExitCode
from pocdeploy.kube import client
from pocdeploy.kube.client import ApiError, KubeClient, KubeconfigError, from_kubeconfig
from tests.processes import answering

RESPONSES: dict[str, tuple[int, str]] = {
    "/api/v1/things": (200, json.dumps({"items": [{"metadata": {"name": "a"}}]})),
    "/readyz": (200, "ok"),
    "/log": (200, "one\ntwo\nlast"),
    "/expired": (401, json.dumps({"message": "Unauthorized"})),
    "/denied": (403, json.dumps({"message": "user is not allowed"})),
    "/broken": (500, "etcd has no leader"),
}
SUCCESS = json.dumps({"status": "Success"})


@dataclass
class Server:
    """An API server with fixed responses."""

    address: str = ""
    requests: list[Any] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    """Channel and content of what a command in a container sends."""
    stays_open: bool = False


def handler(server: Server) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            if self.headers.get("Upgrade") == "websocket" and not self.path.startswith("/api/v1/namespaces/none/"):
                self._exec()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = json.loads(body) if body else None
            server.requests.append((self.command, self.path, self.headers.get("Content-Type"), content))
            missing = (404, json.dumps({"message": "there is none"}))
            ok = (200, "{}")
            answer = RESPONSES.get(self.path.partition("?")[0], ok if self.command != "GET" else missing)
            if self.command == "DELETE" and "missing" in self.path:
                answer = missing
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1].encode())

        def _exec(self) -> None:
            server.requests.append((self.command, self.path, self.headers.get("Authorization")))
            key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())  # noqa: S324 -- RFC 6455
            self.send_header("Sec-WebSocket-Protocol", "v4.channel.k8s.io")
            self.end_headers()
            for frame in server.frames:
                self.wfile.write(bytes([0x82, 126]) + len(frame).to_bytes(2, "big") + frame)
            if server.stays_open:
                self.rfile.read()
            else:
                self.wfile.write(bytes([0x88, 0]))
            self.close_connection = True

        do_GET = do_PATCH = do_POST = do_DELETE = _answer  # noqa: N815 -- the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(made))
    made.address = f"http://127.0.0.1:{listener.server_port}"
    with answering(listener):
        yield made


def kubeconfig(address: str) -> str:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "x", "cluster": {"server": address}}],
        "users": [{"name": "x", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "current-context": "x",
    }
    return yaml.safe_dump(config)


def connect(address: str) -> KubeClient:
    return from_kubeconfig(kubeconfig(address), stack="shop")


def test_requests(server: Server) -> None:
    api = connect(server.address)
    assert api.items("/api/v1/things", labelSelector="a=b") == [{"metadata": {"name": "a"}}]
    api.patch("/api/v1/things/a", {"spec": {"replicas": 0}, "metadata": {"annotations": {"x": None}}})
    api.apply("/api/v1/things/a", {"spec": {}}, manager="me")
    assert api.create("/api/v1/others", {"metadata": {"name": "b"}}) == {}
    api.delete("/api/v1/things/b")
    api.delete("/missing")
    manager = "?fieldManager=pocdeploy-cli"
    assert server.requests == [
        ("GET", "/api/v1/things?labelSelector=a%3Db", None, None),
        (
            "PATCH",
            f"/api/v1/things/a{manager}",
            "application/merge-patch+json",
            {"spec": {"replicas": 0}, "metadata": {"annotations": {"x": None}}},
        ),
        (
            "PATCH",
            "/api/v1/things/a?fieldManager=me&force=true",
            "application/apply-patch+yaml",
            {"spec": {}},
        ),
        ("POST", f"/api/v1/others{manager}", "application/json", {"metadata": {"name": "b"}}),
        ("DELETE", "/api/v1/things/b", "application/json", {"propagationPolicy": "Background"}),
        ("DELETE", "/missing", "application/json", {"propagationPolicy": "Background"}),
    ]


def test_text_and_lines(server: Server) -> None:
    api = connect(server.address)
    assert api.text("/readyz") == "ok"
    assert list(api.lines("/log", follow="true")) == ["one", "two", "last"]
    assert server.requests[-1][1] == "/log?follow=true"
    with pytest.raises(ApiError, match="GET /readyz failed: HTTP status 200, the response is not a JSON object: ok"):
        api.get("/readyz")


def test_missing_objects(server: Server) -> None:
    api = connect(server.address)
    assert api.items("/unknown") == []
    assert api.get_or_none("/unknown") is None
    for read in (api.items, api.get_or_none):
        with pytest.raises(ApiError):
            read("/broken")


@pytest.mark.parametrize(
    ("path", "answer", "fix"),
    [
        ("/expired", (401, "Unauthorized"), "kubectl --kubeconfig FILE auth can-i --list"),
        ("/denied", (403, "user is not allowed"), "kubectl --kubeconfig FILE auth can-i --list"),
        ("/broken", (500, "etcd has no leader"), "kubectl --kubeconfig FILE get --raw '/broken'"),
    ],
)
def test_refused_request(server: Server, tmp_path: Path, path: str, answer: tuple[int, str], fix: str) -> None:
    status, reason = answer
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig(server.address))
    api = from_kubeconfig(file)
    for read in (api.get, api.text, lambda path: list(api.lines(path))):
        with pytest.raises(ApiError) as raised:
            read(path)
        (finding,) = raised.value.findings
        assert (raised.value.status, raised.value.exit_code) == (status, ExitCode.FAILED)
        assert finding.what == f"GET {path} failed: HTTP status {status}, {reason}"
        assert finding.where == f"Kubernetes API {server.address}"
        assert finding.fix == fix.replace("FILE", str(file))


def test_unreachable_server() -> None:
    with pytest.raises(ApiError) as raised:
        connect("http://127.0.0.1:1").text("/readyz")
    (finding,) = raised.value.findings
    assert raised.value.status is None
    assert finding.what.startswith("GET /readyz failed: ")
    assert "refused" in finding.what
    assert finding.fix == "make resume STACK=shop"


@pytest.mark.parametrize("content", [None, "{", "[]", "clusters: [}"])
def test_unusable_kubeconfig(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_text(content)
    with pytest.raises(KubeconfigError, match=str(file)) as raised:
        from_kubeconfig(file, stack="shop")
    assert raised.value.exit_code == ExitCode.NOT_READY
    assert raised.value.findings[0].fix == "make up STACK=shop"
    if content is not None:
        with pytest.raises(KubeconfigError):
            from_kubeconfig(content)


def test_exec(server: Server) -> None:
    server.frames = [b"\1one ", b"\2warning", b"\1two", b"\3" + SUCCESS.encode()]
    output = connect(server.address).exec("polls", "db-1", "postgres", ["psql", "-c", "SELECT 1"])
    assert output == "one two"
    path = "/api/v1/namespaces/polls/pods/db-1/exec"
    query = "container=postgres&stdout=true&stderr=true&command=psql&command=-c&command=SELECT%201"
    assert server.requests == [("GET", f"{path}?{query}", "Bearer t")]


def test_failed_command(server: Server) -> None:
    failure = json.dumps({"status": "Failure", "message": "command terminated with exit code 2"})
    server.frames = [b"\2read-only transaction\n", b"\3" + failure.encode()]
    with pytest.raises(ApiError) as raised:
        connect(server.address).exec("polls", "db-1", "postgres", ["psql"])
    (finding,) = raised.value.findings
    assert finding.what.endswith("exec failed: command terminated with exit code 2 read-only transaction")
    assert finding.fix == "kubectl --namespace polls describe pod db-1"


def test_command_without_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "READ_TIMEOUT", 0.05)
    server.stays_open = True
    with pytest.raises(ApiError, match="did not end"):
        connect(server.address).exec("polls", "db-1", "postgres", ["sleep"])


def test_command_in_missing_pod(server: Server) -> None:
    with pytest.raises(ApiError) as raised:
        connect(server.address).exec("none", "db-1", "postgres", ["psql"])
    assert raised.value.status == 404
