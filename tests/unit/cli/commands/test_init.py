"""`init` writes the settings of an application, and says what it assumed and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pocdeploy.stacks import create
from tests.unit.cli.fakepulumi import Project
from tests.unit.source.survey.sources import SOURCES
from tests.unit.source.trees import contents, write


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(create, "own_names", lambda *_: ((20000, 20001, 20002), "own"))
    write(tmp_path / "app/polls", {"manage.py": "", "Dockerfile": "FROM a\n"})
    return write(tmp_path / "api", SOURCES["fastapi with alembic and asyncpg"].files)


def test_the_entry_is_written_and_the_source_stays(project: Project, source: Path) -> None:
    before = contents(source)
    done = project.run("init", str(source), "--name", "shop")
    text = (project.root / "Pulumi.shop.yaml").read_text()

    assert done.exit_code == 0, done.output
    assert "      framework: fastapi # fastapi in pyproject.toml\n" in text
    assert "ends without FIRST_USER: set it in env" in done.stdout
    assert "pocdeploy set secrets.shop.FIRST_PASSWORD --stack shop" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["  .venv/bin/python -m pocdeploy dev --app shop", "  make up STACK=shop"]
    assert contents(source) == before


def test_json_has_all_of_it(project: Project, source: Path) -> None:
    found = json.loads(project.run("init", str(source), "--stack", "dev", "--json").stdout)

    assert (found["file"], found["app"], found["settings"]["framework"]) == ("Pulumi.dev.yaml", "api", "fastapi")
    assert found["next"] == [".venv/bin/python -m pocdeploy dev --app api", "make up STACK=dev"]


def test_a_folder_that_is_not_there_is_refused(project: Project) -> None:
    done = project.run("init", "nothing")

    assert done.exit_code == 2
    assert "nothing: folder not found" in done.output
