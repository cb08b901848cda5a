"""The command ``backups``."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.stacks.backups import archive
from tests.paths import ROOT
from tests.unit.cli.commands.archived import serve
from tests.unit.stacks.backups.databases import SERVER, cluster


@pytest.fixture(autouse=True)
def _cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    api = serve(monkeypatch, cluster())
    status = {"phase": "failed", "startedAt": "2026-01-02T03:00:00Z", "error": "access denied"}
    api.add(archive.BACKUPS.format("polls"), "nightly", spec={"cluster": {"name": "polls-db"}}, status=status)


def test_each_archive_is_listed_with_its_window() -> None:
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "backups"])
    assert result.stdout.splitlines() == [
        f"polls: s3://backups/{SERVER}",
        "  can be restored: from 2026-01-01T03:00:00Z until now",
        "  2026-01-02T03:00:00Z  failed  nightly  access denied",
    ]


def test_the_list_is_available_as_json() -> None:
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "backups", "--json"])
    (database,) = json.loads(result.stdout)["databases"]
    assert (database["server"], database["first"]) == (SERVER, "2026-01-01T03:00:00Z")
