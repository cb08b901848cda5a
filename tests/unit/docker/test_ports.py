"""Ports that are in use, with real sockets on 127.0.0.1."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.docker import ports
from pocdeploy.process import Result


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which something listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Return port -> output of `docker ps`, which a test fills."""
    names: dict[int, str] = {}

    def run(command: Sequence[str], **_: Any) -> Result:
        (wanted,) = (part.removeprefix("publish=") for part in command if part.startswith("publish="))
        return Result(code=0, stdout=names.get(int(wanted), ""))

    monkeypatch.setattr(process, "run", run)
    return names


def test_a_port_in_use_names_key_holder_and_a_free_one(port: int, published: dict[int, str]) -> None:
    (process_holds,) = ports.taken({"key": port})
    published[port] = "web\ndb\n"
    (container_holds,) = ports.taken({"key": port})

    assert (process_holds.where, process_holds.what) == ("key", f"port {port} of 127.0.0.1 is in use")
    assert (process_holds.actual, container_holds.actual) == (str(port), f"{port}, used by the container web, db")
    assert str(process_holds.fix).startswith(".venv/bin/python -m pocdeploy set key ")


def test_own_containers_do_not_count(port: int, published: dict[int, str]) -> None:
    published[port] = "own\n"
    assert ports.taken({"key": port}, is_own=lambda name: name == "own") == []
    published[port] = "own\nother\n"
    assert len(ports.taken({"key": port}, is_own=lambda name: name == "own")) == 1


def test_without_docker_the_holder_is_unknown(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "run", lambda *_, **__: Result(code=127))
    assert [finding.actual for finding in ports.taken({"key": port})] == [str(port)]


def test_suggested_ports_are_free_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_taken", lambda port: port in {80, 443, 8443, 7000, 7001, 65535})
    wanted = {"a": 7000, "b": 7001, "c": 7002, "http": 80, "https": 443, "d": 8080, "last": 65535}
    fixes = [str(finding.fix).split(" set ")[1].split(" --stack")[0] for finding in ports.taken(wanted)]
    assert fixes == ["a 7003", "b 7004", "http 8081", "https 8444", "last 8000"]


def test_a_low_port_is_taken_if_something_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unprivileged(socket.socket):
        def bind(self, address: Any) -> None:
            raise PermissionError(13, "Permission denied")

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        monkeypatch.setattr(ports.socket, "socket", Unprivileged)
        assert ports.is_taken(port)
    assert not ports.is_taken(port)
