"""Which archive belongs to which application."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pocdeploy.cli import backups
from pocdeploy.cli.context import CliContext
from pocdeploy.errors import PreflightError
from pocdeploy.stacks.backups.errors import BackupError
from tests.unit.cli.commands.archived import serve
from tests.unit.stacks.backups.databases import SERVER, cluster


@pytest.fixture
def cli(tmp_path: Path) -> CliContext:
    apps = {"polls": {}, "shop": {"database": {"shared": "polls"}}, "page": {"database": False}}
    for app in apps:
        (tmp_path / "app" / app).mkdir(parents=True)
        (tmp_path / "app" / app / "Dockerfile").write_text("FROM x\n")
    (tmp_path / "Pulumi.yaml").write_text("name: pocdeploy\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {"pocdeploy:apps": apps}}))
    return CliContext(folder=tmp_path, quiet=True, verbose=False)


@pytest.mark.parametrize("app", ["polls", "shop"])
def test_a_guest_is_in_the_archive_of_its_owner(cli: CliContext, monkeypatch: pytest.MonkeyPatch, app: str) -> None:
    serve(monkeypatch, cluster())
    assert backups.archive_of(cli, "dev", app)[1].server == SERVER


def test_only_clusters_have_archives(cli: CliContext, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, cluster())
    assert [it.app for it in backups.archives(cli, "dev", None)[1]] == ["polls"]


@pytest.mark.parametrize("app", ["page", "none"])
def test_an_application_without_a_database_is_refused(cli: CliContext, app: str) -> None:
    with pytest.raises(PreflightError, match="polls, shop"):
        backups.archive_of(cli, "dev", app)


def test_a_database_without_an_archive_is_an_error(cli: CliContext, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, cluster(archives=False))
    with pytest.raises(BackupError, match="this database has no backups"):
        backups.archive_of(cli, "dev", "polls")
