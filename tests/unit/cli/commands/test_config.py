"""`config` shows the resolved settings of an application."""

from __future__ import annotations

import json

import pytest

from tests.unit.cli.fakepulumi import Project
from tests.unit.source.trees import write


@pytest.fixture(autouse=True)
def _application(project: Project) -> None:
    write(project.root / "app/polls", {"manage.py": "", "Dockerfile": "FROM a\n"})


def test_settings_are_shown_with_their_origin(project: Project) -> None:
    lines = [line.split() for line in project.run("config").stdout.splitlines()]

    assert lines[0] == ["setting", "value", "from"]
    assert ["port", "8000", "default"] in lines


def test_json(project: Project) -> None:
    found = {each["key"]: each for each in json.loads(project.run("config", "polls", "--json").stdout)}

    assert found["port"] == {"key": "port", "value": 8000, "origin": "default"}


def test_an_unknown_application_is_refused(project: Project) -> None:
    done = project.run("config", "shop")

    assert done.exit_code == 2
    assert "unknown application" in done.output


def test_what_a_procfile_and_the_source_say_is_named(project: Project) -> None:
    procfile = "web: gunicorn shop\nworker: python worker.py\nrelease: ./migrate\n"
    write(project.root / "app/polls", {"Procfile": procfile})
    found = {each["key"]: each for each in json.loads(project.run("config", "polls", "--json").stdout)}

    assert found["command"] == {"key": "command", "value": ["sh", "-c", "exec gunicorn shop"], "origin": "Procfile"}
    assert found["processes.worker.command"]["value"] == ["sh", "-c", "exec python worker.py"]
    assert {found[key]["origin"] for key in ("processes.worker.command", "commands.migrate")} == {"Procfile"}
    assert found["port"]["origin"] == "default"
