"""`share` opens an application to others, for a while."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from pocdeploy import tunnel
from pocdeploy.cli.commands import share
from tests.processes import answering
from tests.unit.cli.fakepulumi import Project


class Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers["Host"]).encode())

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def application(project: Project) -> Iterator[str]:
    with answering(HTTPServer(("127.0.0.1", 0), Application)) as server:
        url = f"http://localhost:{server.server_port}"
        project.answer(
            "stack output", stdout=json.dumps({"apps": {"polls": {"url": url, "adminUrl": f"{url}/admin/"}}})
        )
        yield url


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Visit the address that is shown instead of waiting; return status and text of two pages."""
    shown: list[str] = []
    found: list[tuple[int, str]] = []
    monkeypatch.setattr(share, "qr_code", lambda address: shown.append(address) or f"QR of {address}")
    monkeypatch.setattr(share, "lan_address", lambda: "127.0.0.1")

    def visit(seconds: float) -> None:
        assert seconds == 1800
        for path in ("/", "/admin/"):
            response = requests.get(f"{shown[0]}{path}", timeout=10)
            found.append((response.status_code, response.text))

    monkeypatch.setattr(time, "sleep", visit)
    return found


def test_phones_get_the_application_without_its_administration(
    project: Project, application: str, visits: list[tuple[int, str]]
) -> None:
    result = project.run("share")
    assert result.exit_code == 0, result.output
    assert [status for status, _ in visits] == [200, 403]
    assert visits[0][1] == application.removeprefix("http://")
    address = result.stdout.strip()
    assert f"QR of {address}" in result.stderr
    assert "not encrypted" in result.stderr
    assert "2 requests from 1 address" in result.stderr
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=10)


def test_the_administration_is_shared_with_a_warning(
    project: Project, application: str, visits: list[tuple[int, str]]
) -> None:
    result = project.run("share", "--admin")
    assert [status for status, _ in visits] == [200, 200]
    assert "everyone can try passwords" in result.stderr


def test_a_tunnel_gets_the_port_of_the_proxy(
    project: Project, application: str, visits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def opened(program: str, port: int) -> Iterator[str]:
        assert program == "cloudflared"
        yield f"http://127.0.0.1:{port}"

    monkeypatch.setattr(tunnel, "opened", opened)
    result = project.run("share", "--through", "cloudflared")
    assert (result.exit_code, len(visits)) == (0, 2)
    assert "not encrypted" not in result.stderr


def test_ctrl_c_is_the_usual_end(project: Project, application: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    monkeypatch.setattr(share, "lan_address", lambda: "127.0.0.1")
    monkeypatch.setattr(share, "qr_code", str)
    result = project.run("share")
    assert (result.exit_code, "Ended: 0 requests" in result.stderr) == (0, True)


def test_an_application_that_is_down_is_not_shared(project: Project) -> None:
    project.answer("stack output", stdout=json.dumps({"apps": {"polls": {"url": "http://localhost:1"}}}))
    result = project.run("share")
    assert result.exit_code == 1
    assert "make status STACK=dev" in result.stderr


def test_a_public_address_needs_nothing_opened(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "qr_code", str)
    project.answer("stack output", stdout=json.dumps({"apps": {"polls": {"url": "https://polls.example.com"}}}))
    result = project.run("share")
    assert (result.exit_code, result.stdout) == (0, "https://polls.example.com\n")
    assert "nothing is opened" in result.stderr


def test_the_qr_code_is_a_square_of_characters() -> None:
    pytest.importorskip("segno", reason="segno is not installed: make lock was run, and make up was not")
    lines = share.qr_code("http://192.168.1.20:8090").splitlines()
    assert 10 < len(lines) < 25
    assert any(half in lines[3] for half in "▀▄█")
