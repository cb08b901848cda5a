"""Ports and refusals of a stack of processes; tests/app runs one."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from pocdeploy.config import Settings
from pocdeploy.errors import PreflightError
from pocdeploy.processes import stack
from pocdeploy.processes.detached import Started
from pocdeploy.processes.release import Ports
from pocdeploy.processes.state import AppState, State
from tests.freeports import free_port

THIS = Started(pid=os.getpid(), started=psutil.Process().create_time())


def settings(port: int, *apps: str) -> Settings:
    cluster = {"type": "processes", "httpPort": port}
    return Settings.model_validate({"cluster": cluster, "apps": {name: {} for name in apps}})


def state(port: int, **apps: AppState) -> State:
    return State(created=datetime.now(UTC), base_port=port, apps=apps)


def test_each_application_has_two_ports_of_its_own() -> None:
    base = free_port()
    found = stack._ports(settings(base, "shop", "mail"), state(base))
    assert found["shop"].web == base
    assert len({found["shop"].web, found["shop"].metrics, found["mail"].web, found["mail"].metrics}) == 4


def test_a_running_application_keeps_its_ports() -> None:
    base = free_port()
    known = AppState(release="x", port=base, metrics_port=1234, process=THIS)
    assert stack._ports(settings(base, "shop"), state(base, shop=known)) == {"shop": Ports(web=base, metrics=1234)}


def test_a_port_of_another_program_is_refused_with_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PreflightError) as caught:
            stack._ports(settings(port, "shop"), state(port))
    assert caught.value.findings[0].where == f"port {port}"
    assert "httpPort: " in str(caught.value.findings[0].expected)


def test_an_ended_process_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    log.write_text("".join(f"line {number}\n" for number in range(99)))
    finding = stack.ended("shop", log, "dev")
    assert "line 98" in str(finding.actual)
    assert "line 9\n" not in str(finding.actual)
    assert finding.fix == "make up STACK=dev"
