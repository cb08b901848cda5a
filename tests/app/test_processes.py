"""A stack as processes of this machine: two real applications on a real PostgreSQL, by the commands of a person."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pocdeploy.cli import app
from pocdeploy.processes import detached, postgres
from pocdeploy.processes.postgres import folder_findings
from pocdeploy.processes.state import AppState, StackFolder
from tests.app.support import ROOT, Browser, until
from tests.freeports import free_port

FILES = 'FROM x\nCMD exec python -m http.server --bind 127.0.0.1 "$PORT"\n'
COMMANDS = {"migrate": None, "admin": None}


@dataclass(frozen=True)
class Project:
    root: Path
    port: int

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app.app, ["--root", str(self.root), *arguments])

    def up(self) -> dict[str, AppState]:
        result = self.run("up")
        assert result.exit_code == 0, result.output
        state = StackFolder(self.root, "dev").read()
        assert state
        return dict(state.apps)

    def browser(self) -> Browser:
        return Browser(f"http://localhost:{self.port}")


@pytest.fixture
def project(app_python: Path) -> Iterator[Project]:
    # Not in pytest's own folder: PostgreSQL never runs as root, and other users cannot read that one.
    with tempfile.TemporaryDirectory(prefix="pocdeploy-") as folder:
        root, port = Path(folder), free_port()
        root.chmod(0o755)
        if findings := folder_findings(root):
            pytest.skip(str(findings[0]))
        for name in ("app", "components", "patches", "Pulumi.yaml"):
            (root / name).symlink_to(ROOT / name)
        (root / "files").mkdir()
        (root / "files" / "Dockerfile").write_text(FILES)
        (root / "files" / "requirements.txt").touch()
        files = {"path": "files", "database": False, "livePath": "/", "readyPath": "/", "commands": COMMANDS}
        apps = {"polls": {"commands": {"seed": ["python", "manage.py", "seed"]}}, "files": files}
        config = {"pocdeploy:cluster": {"type": "processes", "httpPort": port}, "pocdeploy:apps": apps}
        (root / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
        made = Project(root, port)
        try:
            yield made
        finally:
            made.run("down", "--yes-destroy")


def vote(project: Project) -> None:
    browser = project.browser()
    assert browser.get("/1/").status == 200
    assert browser.post("/1/vote/", choice="1").status == 302


def votes(project: Project) -> str:
    server = postgres.find(StackFolder(project.root, "dev").pgdata)
    assert server
    return server.ask("SELECT votes FROM polls_choice WHERE id = 1", database="polls")


def test_a_stack_runs_is_repaired_changed_and_removed(project: Project) -> None:
    first = project.up()
    assert project.browser().get("/readyz").status == 200
    before = int(votes(project))  # of the example data
    vote(project)
    assert int(votes(project)) == before + 1
    assert project.run("validate").exit_code == 0
    status = project.run("status")
    assert status.exit_code == 0, status.output
    for text in (f"http://localhost:{project.port}", "answers 200, 1 process", "one PostgreSQL, answers", "no backups"):
        assert text in status.stdout

    # Nothing has changed, so nothing is restarted.
    assert project.up() == first

    # A process that was killed is noticed, and it alone is started again.
    os.kill(first["polls"].process.pid, signal.SIGKILL)
    until(lambda: not detached.is_alive(first["polls"].process))  # a busy machine ends it a moment later
    outputs = project.run("outputs", "url")
    assert (outputs.exit_code, outputs.stdout.strip()) == (1, f"http://localhost:{project.port}")
    assert "polls: ended" in outputs.stderr
    assert project.run("validate").exit_code == 1
    status = project.run("status", "--json")
    assert status.exit_code == 1
    assert [each["health"] for each in json.loads(status.stdout)["apps"]] == ["its process has ended", "answers 200"]
    assert "processes, ended: polls" in project.run("stacks").stdout
    second = project.up()
    assert second["files"] == first["files"]
    assert second["polls"].process != first["polls"].process

    # A changed source replaces its application alone.
    (project.root / "files" / "new.txt").write_text("new")
    third = project.up()
    assert third["polls"] == second["polls"]
    assert Browser(f"http://localhost:{third['files'].port}").get("/new.txt").text == "new"

    assert "0 questions added" in project.run("seed").stdout
    assert "GET" in project.run("logs", "--no-follow", "--tail", "50").stdout

    # The data is kept on request, with the administrator's password.
    password = project.run("outputs", "adminPassword", "--show-secrets").stdout
    assert project.run("down", "--keep-data").exit_code == 0
    assert postgres.find(StackFolder(project.root, "dev").pgdata) is None
    project.up()
    assert int(votes(project)) == before + 1
    assert project.run("outputs", "adminPassword", "--show-secrets").stdout == password

    assert project.run("down").exit_code == 2  # it asks on a terminal only
    assert project.run("down", "--yes-destroy").exit_code == 0
    assert not StackFolder(project.root, "dev").path.exists()
