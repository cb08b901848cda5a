"""The cluster's API over a real connection: what goes over the wire, and what an answer or its absence comes to."""

from __future__ import annotations

import http.server
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy.kube import client
from pocdeploy.kube.client import ApiError
from tests.processes import answering

ANSWERS: dict[str, tuple[int, str]] = {
    "/api/v1/things": (200, json.dumps({"items": [{"metadata": {"name": "a"}}]})),
    "/readyz": (200, "ok"),
    "/denied": (403, json.dumps({"message": "user is not allowed"})),
    "/broken": (500, "etcd is gone"),
}


@pytest.fixture
def server() -> Iterator[tuple[str, list[Any]]]:
    asked: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = json.loads(body) if body else None
            asked.append((self.command, self.path, self.headers.get("Content-Type"), content))
            missing = (404, json.dumps({"message": "there is none"}))
            ok = (200, "{}")
            answer = ANSWERS.get(self.path.partition("?")[0], ok if self.command != "GET" else missing)
            if self.command == "DELETE" and "gone" in self.path:
                answer = missing
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1].encode())

        do_GET = do_PATCH = do_POST = do_DELETE = _answer  # noqa: N815 -- the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with answering(made):
        yield f"http://127.0.0.1:{made.server_port}", asked


def connect(folder: Path, address: str) -> client.Cluster:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "x", "cluster": {"server": address}}],
        "users": [{"name": "x", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "current-context": "x",
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(config))
    return client.from_kubeconfig(folder / "kubeconfig")


def test_requests_are_those_that_the_api_expects(server: tuple[str, list[Any]], tmp_path: Path) -> None:
    address, asked = server
    api = connect(tmp_path, address)
    assert client.items(api, "/api/v1/things", labelSelector="a=b") == [{"metadata": {"name": "a"}}]
    api.patch("/api/v1/things/a", {"spec": {"replicas": 0}, "metadata": {"annotations": {"x": None}}})
    api.json_patch("/api/v1/things/a", [{"op": "replace", "path": "/spec", "value": {}}], manager="me")
    api.create("/api/v1/things", {"metadata": {"name": "b"}})
    api.delete("/api/v1/things/b")
    api.delete("/gone")
    manager = "?fieldManager=pocdeploy-cli"
    assert asked == [
        ("GET", "/api/v1/things?labelSelector=a%3Db", None, None),
        (
            "PATCH",
            f"/api/v1/things/a{manager}",
            "application/merge-patch+json",
            {"spec": {"replicas": 0}, "metadata": {"annotations": {"x": None}}},
        ),
        (
            "PATCH",
            "/api/v1/things/a?fieldManager=me",
            "application/json-patch+json",
            [{"op": "replace", "path": "/spec", "value": {}}],
        ),
        ("POST", f"/api/v1/things{manager}", "application/json", {"metadata": {"name": "b"}}),
        ("DELETE", "/api/v1/things/b", "application/json", {"propagationPolicy": "Background"}),
        ("DELETE", "/gone", "application/json", {"propagationPolicy": "Background"}),
    ]


def test_answers_that_are_no_objects_and_kinds_that_are_unknown(server: tuple[str, list[Any]], tmp_path: Path) -> None:
    api = connect(tmp_path, server[0])
    assert api.get("/readyz") == {"text": "ok"}
    assert client.items(api, "/unknown") == []
    assert client.get_or_none(api, "/unknown") is None


@pytest.mark.parametrize(
    ("path", "status", "what"), [("/denied", 403, "user is not allowed"), ("/broken", 500, "etcd is gone")]
)
def test_a_refusal_is_an_error_with_its_words(
    server: tuple[str, list[Any]], tmp_path: Path, path: str, status: int, what: str
) -> None:
    with pytest.raises(ApiError, match=what) as raised:
        connect(tmp_path, server[0]).get(path)
    assert raised.value.status == status


def test_no_answer_is_an_error_without_a_status(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as raised:
        connect(tmp_path, "http://127.0.0.1:1").get("/readyz")
    assert raised.value.status is None
    assert raised.value.exit_code == 1


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="nothing"):
        client.from_kubeconfig(tmp_path / "nothing")
