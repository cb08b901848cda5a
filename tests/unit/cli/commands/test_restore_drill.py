"""The command ``restore-drill``."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.stacks.backups import drill
from tests.paths import ROOT
from tests.unit.cli.commands.archived import serve
from tests.unit.stacks.backups.databases import cluster


@pytest.mark.parametrize("options", [(), ("--app", "polls")])
def test_each_database_has_its_drill(monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    serve(monkeypatch, cluster())
    monkeypatch.setattr(drill, "run", lambda _, name: f"drill of {name}")
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "restore-drill", *options])
    assert (result.exit_code, result.stdout) == (0, "polls: drill of polls\n")
