"""The command ``backup``."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.stacks.backups import make
from tests.paths import ROOT
from tests.unit.cli.commands.archived import serve
from tests.unit.stacks.backups.databases import cluster


@pytest.mark.parametrize("options", [(), ("--app", "polls")])
def test_each_database_is_backed_up(monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    serve(monkeypatch, cluster())
    monkeypatch.setattr(make, "base_backup", lambda _, archive: f"backed up to {archive.path}")
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "backup", *options])

    assert result.exit_code == 0
    assert result.stdout == "polls: backed up to s3://backups/polls-db-20260101-000000\n"


def test_a_stack_without_backups_is_told_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, cluster(archives=False))
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "backup"])

    assert result.exit_code == 1
    assert "set backups.store local --stack dev" in result.stderr
