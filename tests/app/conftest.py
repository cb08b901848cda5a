"""The polls application on a real PostgreSQL, in a virtualenv of its own: the project's has no Django."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocdeploy.processes.environment import application_variables
from pocdeploy.processes.postgres import postgres
from pocdeploy.source.build_context import prepare
from tests.app import axe, chromium
from tests.app.chromium import Page
from tests.app.load import load
from tests.app.support import ATTENDANCE, PATCHES, ROOT, SOURCE, App, Site
from tests.virtualenvs import ready

NEW_QUESTION = """
question = Question.objects.create(question_text="Tea or coffee?")
[question.choices.create(choice_text=text) for text in ("Tea", "Coffee")]
print(question.get_absolute_url())
"""


@pytest.fixture(scope="session")
def app_python() -> Path:
    return ready(SOURCE / "requirements.txt", "polls")


@pytest.fixture(scope="session")
def database() -> Iterator[dict[str, str]]:
    # Not in pytest's own folder: each pytest run closes that to other users, and PostgreSQL never runs as root.
    with tempfile.TemporaryDirectory(prefix="pocdeploy-") as folder, postgres(Path(folder) / "pgdata") as variables:
        yield variables


@pytest.fixture(scope="session")
def app(app_python: Path, database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> App:
    """Patched, with its static files collected and its database migrated."""
    tree = tmp_path_factory.mktemp("patched") / "polls"
    prepare(SOURCE, tree, patches=PATCHES)
    env = application_variables(database, secret_key="test", port=8000, metrics_port=8001)
    app = App(tree, app_python, {"PATH": os.environ["PATH"], **env})
    for command in (["collectstatic", "--noinput"], ["migrate", "--noinput"]):
        done = app.manage(*command)
        assert done.returncode == 0, done.stderr
    return app


@pytest.fixture(scope="session")
def site(app: App) -> Iterator[Site]:
    with app.serve() as site:
        yield site


@pytest.fixture(scope="session")
def attendance(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> App:
    """With its static files collected and its database migrated, under the names that this application reads."""
    packages = tmp_path_factory.mktemp("packages") / "requirements.txt"
    own, further = (ATTENDANCE / name for name in ("requirements.txt", "requirements-dev.txt"))
    packages.write_text(own.read_text() + further.read_text().replace("-r requirements.txt", ""))
    python = ready(packages, "attendance")
    tree = tmp_path_factory.mktemp("attendance") / "attendance"
    assert prepare(ATTENDANCE, tree, patches=ROOT / "patches" / "attendance") == []
    renamed = {name.replace("DATABASE_HOST", "DATABASE_HOSTNAME"): value for name, value in database.items()}
    own_database = {**renamed, "DATABASE_NAME": "attendance"}
    env = application_variables(own_database, secret_key="t", port=8000, metrics_port=8001)
    app = App(tree, python, {"PATH": os.environ["PATH"], **env}, wsgi="web.wsgi")
    create = "from django.db import connection as c; c.cursor().execute('CREATE DATABASE attendance')"
    assert app.manage("shell", "-v", "0", "-c", create, DATABASE_NAME=database["DATABASE_NAME"]).returncode == 0
    for command in (["collectstatic", "--noinput"], ["migrate", "--noinput"]):
        done = app.manage(*command)
        assert done.returncode == 0, done.stderr
    return app


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    path = chromium.program()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(chromium.PROGRAMS)} is installed")
    with chromium.opened(path) as page:
        yield page


@pytest.fixture(scope="session")
def checker() -> str:
    return axe.script()


@pytest.fixture
def question(app: App) -> str:
    """Path of a new question with the choices Tea and Coffee, both without votes."""
    return app.shell(NEW_QUESTION)


@pytest.fixture(scope="module")
def running_app(app: App) -> Iterator[Site]:
    """The application with two workers, under load as long as the tests of a module run."""
    with app.serve() as site, load(site, app.shell(NEW_QUESTION)):
        yield site
