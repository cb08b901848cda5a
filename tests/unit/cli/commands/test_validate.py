"""The command ``validate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app, needs
from pocdeploy.cli.commands import validate as command
from tests.unit import goodstack
from tests.unit.goodstack import WEB, change, waiting


def test_options_and_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goodstack.install(monkeypatch)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n", "utf-8")
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 20
    monkeypatch.setattr(command, "context_of", lambda *_: goodstack.context(api=made))
    monkeypatch.setattr(needs, "provide", lambda *_: None)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app.app, ["--root", str(tmp_path), "validate", *arguments])

    first = run("--json")
    assert first.exit_code == 1
    assert json.loads(first.stdout)["done"] == []
    only = run("--only", "url")
    assert (only.exit_code, "2 ok, 0 warn, 0 fail" in only.stdout) == (0, True)
    fixed = run("--fix")
    assert fixed.exit_code == 0, fixed.output
    assert "fixed: deleted the pod polls/web" in fixed.stdout
    wrong = run("--only", "moon")
    assert wrong.exit_code == 2
    assert "unknown check: moon" in wrong.stderr
