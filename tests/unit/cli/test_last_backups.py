"""Backups before a stack is destroyed, and for the next stack of its name."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from pocdeploy.cli.context import CliContext
from pocdeploy.docker import containers
from pocdeploy.kube.client import ApiError
from pocdeploy.stacks.backup_servers import PLUGIN
from pocdeploy.stacks.backups import lives, make, sql
from tests.unit.cli.fakepulumi import Project
from tests.unit.fakes import FakeApi
from tests.unit.stacks.backups.databases import SERVER, cluster

pytestmark = pytest.mark.usefixtures("machine")
UNTIL = "2026-01-31T14:00:00Z"
PLUGINS = [{"name": PLUGIN, "parameters": {"serverName": SERVER}}]
DATABASE = "urn:pulumi:dev::pocdeploy::kubernetes:postgresql.cnpg.io/v1:Cluster::polls-db"


def archived(project: Project, monkeypatch: pytest.MonkeyPatch, api: FakeApi, **plugins: Any) -> list[str]:
    project.export({"urn": DATABASE, "outputs": {"spec": {"plugins": PLUGINS, **plugins}}})
    steps: list[str] = []
    monkeypatch.setattr(CliContext, "cluster", lambda *_: api)
    monkeypatch.setattr(containers, "listed", lambda: None)
    monkeypatch.setattr(sql, "flush", lambda _, app: steps.append(f"flush {app}") or UNTIL)
    monkeypatch.setattr(make, "base_backup", lambda *_: steps.append("backup") or "backed up")
    return steps


def configure(project: Project) -> None:
    """Give the stack valid settings."""
    (project.root / "app/polls").mkdir(parents=True)
    (project.root / "app/polls/Dockerfile").write_text("FROM x\n")
    config = {"config": {"pocdeploy:backups": {"store": "local"}}}
    (project.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump(config))


def verbs(project: Project) -> list[str]:
    return [call[0] for call in project.calls() if call[0] != "stack"]


@pytest.mark.parametrize(("first", "steps"), [(UNTIL, ["flush polls"]), (None, ["backup", "flush polls"])])
def test_down_archives_to_the_end(
    project: Project, monkeypatch: pytest.MonkeyPatch, first: str | None, steps: list[str]
) -> None:
    done = archived(project, monkeypatch, cluster(first=first))
    assert project.run("down", "--yes-destroy").exit_code == 0
    assert (done, verbs(project)) == (steps, ["destroy"])
    written = json.loads(lives.file(project.root, "dev").read_text("utf-8"))
    assert written == {"polls": {"server": SERVER, "until": UNTIL, "bucket": "backups"}}


def test_down_stops_if_the_last_backup_fails(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    api = cluster()
    archived(project, monkeypatch, api)
    api.down = True
    result = project.run("down", "--yes-destroy")
    assert (result.exit_code, verbs(project)) == (2, [])
    assert "ARGS=--no-backup" in result.stderr


def test_down_of_a_deleted_cluster_has_nothing_to_back_up(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    done = archived(project, monkeypatch, cluster())
    configure(project)
    monkeypatch.setattr(containers, "listed", list)
    result = project.run("down", "--yes-destroy")
    assert (result.exit_code, done, verbs(project)) == (0, [], ["destroy"])
    assert "nothing left to back up" in result.stderr


def test_down_of_a_database_that_never_began(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    done = archived(project, monkeypatch, cluster())
    monkeypatch.setattr(sql, "has_begun", lambda *_: False)
    assert project.run("down", "--yes-destroy").exit_code == 0
    assert done == []


def test_down_without_a_last_backup(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    done = archived(project, monkeypatch, cluster())
    assert project.run("down", "--yes-destroy", "--no-backup").exit_code == 0
    assert (done, verbs(project)) == ([], ["destroy"])


def test_down_of_a_database_without_archive(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    done = archived(project, monkeypatch, cluster(), plugins=[])
    assert project.run("down", "--yes-destroy").exit_code == 0
    assert done == []


def test_down_names_the_last_backup(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    archived(project, monkeypatch, cluster())
    result = project.run("down")
    assert "the database polls-db; the last backup is of 2026-01-01T03:00:00Z" in result.stderr


def test_an_unreachable_cluster_has_no_known_backups(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    archived(project, monkeypatch, cluster())

    def refuse(*_: object) -> None:
        raise ApiError("connection refused")

    monkeypatch.setattr(CliContext, "cluster", refuse)
    assert "no backup is known" in project.run("down").stderr


@pytest.mark.parametrize("offered", [True, False])
def test_a_new_stack_is_offered_the_last_backup(project: Project, offered: bool) -> None:
    configure(project)
    lives.remember(project.root, "dev", {"polls": {"server": SERVER, "until": UNTIL}})
    if not offered:
        project.export({"urn": DATABASE, "outputs": {"spec": {"plugins": PLUGINS}}})
    assert (f"recovery.from {SERVER}" in project.run("up").stderr) is offered
