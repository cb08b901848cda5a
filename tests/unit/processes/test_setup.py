"""Preparations of the development server."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pocdeploy.errors import PocdeployError
from pocdeploy.processes import setup


def test_a_step_gets_its_input_and_returns_its_output() -> None:
    assert setup.step("cat", ["cat"], os.environ, text="hello") == "hello"


def test_a_failed_step_shows_its_last_lines() -> None:
    with pytest.raises(PocdeployError) as error:
        setup.step("count", ["sh", "-c", "seq 20; exit 3"], os.environ)
    (finding,) = error.value.findings

    assert (finding.where, finding.what) == ("count", "failed with exit code 3")
    assert finding.actual == "\n".join(str(number) for number in range(11, 21))


def test_requirements_must_exist(tmp_path: Path) -> None:
    with pytest.raises(PocdeployError, match="file not found"):
        setup.ensure_venv(tmp_path / "requirements.txt", tmp_path / "venv")
    assert list(tmp_path.iterdir()) == []


def test_another_port_is_taken_if_the_next_one_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert setup.port_after(port - 1) != port
        assert setup.port_findings(port) != []
        assert setup.port_findings(setup.port_after(port - 1)) == []
