"""Refusals of the development server; tests/app runs it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.errors import PreflightError
from pocdeploy.processes import server
from tests.freeports import free_port
from tests.paths import ROOT


def test_a_port_in_use_is_refused_before_anything_is_created(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PreflightError) as caught:
            server.run(tmp_path, None, tmp_path / "work", project=ROOT, app=AppSettings(), port=port)
    finding = caught.value.findings[0]
    assert (finding.where, finding.what) == (f"port {port}", "cannot be used on 127.0.0.1: address already in use")
    assert finding.fix.startswith("python -m pocdeploy dev --port ")
    assert not (tmp_path / "work").exists()


def test_a_folder_with_a_space_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError) as caught:
        server.run(tmp_path, None, tmp_path / "my work", project=ROOT, app=AppSettings(), port=free_port())
    assert "contains a space" in caught.value.findings[0].what
