"""The command ``doctor``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.result import fail, warn


def test_output_and_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = [warn("memory", "little", fix="buy some")]
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: results)
    result = CliRunner().invoke(app.app, ["--root", str(tmp_path), "doctor", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["result"] == "warn"
    assert json.loads(result.stdout)["checks"][0]["fix"] == "buy some"
    results.append(fail("disk", "full", why="w", fix="tidy [up]"))
    result = CliRunner().invoke(app.app, ["--root", str(tmp_path), "doctor"])
    assert result.exit_code == 1
    assert "fail  disk: full\n       why: w\n       fix: tidy [up]" in result.stdout
    assert "0 ok, 1 warn, 1 fail" in result.stdout
