"""The command ``seed``."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.cli.context import CliContext
from pocdeploy.kube import jobs
from pocdeploy.toolchain import install
from tests.paths import ROOT


def test_every_application_with_a_command_is_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)
    monkeypatch.setattr(CliContext, "cluster", lambda _, stack: stack)
    monkeypatch.setattr(jobs, "run", lambda *arguments: seen.append(arguments) or "5 questions added")
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "seed", "--stack", "dev"])

    assert (result.exit_code, result.stdout) == (0, "polls: 5 questions added\n")
    assert seen == [("dev", "polls", ("python", "manage.py", "seed"))]
