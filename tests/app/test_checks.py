"""The checks around a release, run as their Jobs run them: real Django, real migrations, a real PostgreSQL."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.app.support import ROOT, App, Site
from tests.processes import answering

SCRIPTS = ROOT / "components" / "frontend" / "scripts"
REFUSED = 3
MIGRATION = """
import django.db.models as models
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("polls", "0001_initial")]
    operations = [{operations}]
"""
NEW_MODEL = (
    'migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())])'
)
STATE_ONLY = 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("choice", "votes")])'

BREAKS = {
    'migrations.RemoveField("choice", "votes")': "choice.votes is dropped",
    'migrations.RenameField("choice", "votes", "ballots")': "choice.votes is renamed",
    'migrations.DeleteModel("Choice")': "the table of Choice is dropped",
    'migrations.RenameModel("Choice", "Option")': "the table of Choice is renamed",
    'migrations.AlterModelTable("choice", "options")': "the table of choice is renamed",
    'migrations.AddField("choice", "note", models.TextField(default="x"))': "choice.note is mandatory",
    'migrations.AlterField("choice", "choice_text", models.CharField(max_length=20))': "becomes shorter (200 to 20)",
    'migrations.AlterField("choice", "choice_text", models.CharField(max_length=200, unique=True))': "becomes unique",
    'migrations.AlterField("choice", "votes", models.TextField())': "changes its type",
    'migrations.AlterField("choice", "votes", models.IntegerField(db_column="n"))': "column of choice.votes is renamed",
    'migrations.RunSQL("ALTER TABLE polls_choice DROP COLUMN votes")': "SQL with DROP COLUMN",
    'migrations.RunSQL([("alter table polls_choice rename to options", None)])': "SQL with RENAME TO",
    'migrations.SeparateDatabaseAndState(database_operations=[migrations.DeleteModel("Choice")])': "Choice is dropped",
}
FINE = [
    'migrations.AddField("choice", "note", models.TextField(null=True))',
    'migrations.AddField("choice", "note", models.TextField(db_default="x"))',
    'migrations.AddField("choice", "friends", models.ManyToManyField("polls.Question"))',
    'migrations.AlterField("choice", "choice_text", models.TextField())',
    'migrations.AlterField("choice", "choice_text", models.CharField(max_length=300))',
    'migrations.AddIndex("choice", models.Index(fields=["votes"], name="by_votes"))',
    'migrations.RunSQL("UPDATE polls_choice SET votes = 0")',
    'migrations.RunSQL("DROP TABLE IF EXISTS missing", hints={"compatible": True})',
    "migrations.RunPython(lambda apps, editor: None)",
    # No release uses yet what this update creates.
    f'{NEW_MODEL}, migrations.RenameField("note", "text", "words"), migrations.DeleteModel("Note")',
    # First the code does without a column, and Django forgets it; dropping it is another release's migration.
    STATE_ONLY,
]


def check(app: App, **env: str | None) -> subprocess.CompletedProcess[str]:
    return app.manage("shell", "-v", "0", "-c", (SCRIPTS / "check_migrations.py").read_text(), **env)


def with_migration(app: App, folder: Path, operations: str) -> App:
    tree = shutil.copytree(app.tree, folder / "tree", ignore=shutil.ignore_patterns("staticfiles"))
    (tree / "polls" / "migrations" / "0002_next.py").write_text(MIGRATION.format(operations=operations))
    return dataclasses.replace(app, tree=tree)


@pytest.mark.parametrize("operations", BREAKS)
def test_a_change_that_breaks_the_running_release_is_refused(app: App, tmp_path: Path, operations: str) -> None:
    done = check(with_migration(app, tmp_path, operations))

    assert done.returncode == REFUSED, done.stdout + done.stderr
    assert "breaking migration refused" in done.stdout
    assert BREAKS[operations] in done.stdout


@pytest.mark.parametrize("operations", FINE)
def test_what_it_can_live_with_is_not(app: App, tmp_path: Path, operations: str) -> None:
    done = check(with_migration(app, tmp_path, operations))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing that the release which serves could not live with" in done.stdout


def test_a_column_that_becomes_mandatory_is_refused(app: App, tmp_path: Path) -> None:
    field = 'migrations.AlterField("choice", "votes", models.IntegerField(null={}))'
    done = check(with_migration(app, tmp_path, f"{field.format('True')}, {field.format('False')}"))

    assert done.returncode == REFUSED, done.stderr
    assert "choice.votes becomes mandatory (NOT NULL)" in done.stdout


DESTRUCTIVE = [
    *(f"DROP {what}" for what in ("TABLE", "COLUMN", "VIEW", "SCHEMA")),
    *("RENAME TO", "RENAME COLUMN", "RENAME votes TO", "SET NOT NULL", "SET DATA TYPE"),
    *("ALTER COLUMN votes TYPE", "ALTER votes TYPE", "TRUNCATE", "SET SCHEMA"),
]


def test_every_destructive_statement_is_refused(app: App, tmp_path: Path) -> None:
    done = check(with_migration(app, tmp_path, f"migrations.RunSQL({[f'x {sql} y' for sql in DESTRUCTIVE]})"))

    assert done.returncode == REFUSED, done.stderr
    assert re.findall(r"SQL with (.+);", done.stdout) == [sql.upper() for sql in DESTRUCTIVE]


def test_everything_that_breaks_is_named_at_once(app: App, tmp_path: Path) -> None:
    both = 'migrations.RemoveField("choice", "votes"), migrations.RemoveField("question", "pub_date")'

    assert len(re.findall(r"is dropped", check(with_migration(app, tmp_path, both)).stdout)) == 2


def test_it_can_be_allowed(app: App, tmp_path: Path) -> None:
    changed = with_migration(app, tmp_path, 'migrations.RemoveField("choice", "votes")')
    done = check(changed, ALLOW_BREAKING_MIGRATION="1")

    assert done.returncode == 0, done.stderr
    assert "choice.votes is dropped" in done.stdout


def test_nothing_breaks_where_all_is_applied(app: App) -> None:
    assert check(app).returncode == 0


def test_on_an_empty_database_everything_is_allowed(app: App, tmp_path: Path) -> None:
    app.shell("from django.db import connection; connection.cursor().execute('CREATE DATABASE unmigrated')")
    changed = with_migration(app, tmp_path, 'migrations.RemoveField("choice", "votes")')

    done = check(changed, DATABASE_NAME="unmigrated")

    assert done.returncode == 0, done.stdout + done.stderr


def smoke(app: App, url: str, **env: str | None) -> subprocess.CompletedProcess[str]:
    variables = {
        "SMOKE_URL": url,
        "SMOKE_HOST": "localhost",
        "SMOKE_LIVE_PATH": "/healthz",
        "SMOKE_READY_PATH": "/readyz",
    }
    # Patience is for a gateway that learns of a route; here nothing gets better by waiting.
    script = (SCRIPTS / "smoke.py").read_text().replace("PATIENCE = 30.0", "PATIENCE = 0.0")
    return app.manage("shell", "-v", "0", "-c", script, **{**variables, **env})


def questions(app: App) -> str:
    return app.shell("print(Question.objects.filter(question_text__startswith='Smoke check').count())")


def test_a_release_that_counts_votes_passes_and_nothing_is_left(app: App, site: Site) -> None:
    done = smoke(app, site.url)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "a vote was cast and counted" in done.stdout
    assert questions(app) == "0"


def test_a_release_that_loses_votes_fails_and_nothing_is_left(app: App, tmp_path: Path) -> None:
    tree = shutil.copytree(app.tree, tmp_path / "tree")
    models = tree / "polls" / "models.py"
    models.write_text(models.read_text().replace('F("votes") + 1', 'F("votes") + 0'))
    losing = dataclasses.replace(app, tree=tree)

    with losing.serve() as site:
        done = smoke(losing, site.url)

    assert done.returncode != 0
    assert "one vote was cast and 0 were counted" in done.stdout + done.stderr
    assert questions(app) == "0"


def test_what_a_killed_check_left_is_removed_by_the_next(app: App, site: Site) -> None:
    app.shell("Question.objects.create(question_text='Smoke check: is a vote counted?')")

    assert smoke(app, site.url).returncode == 0
    assert questions(app) == "0"


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"SMOKE_HOST": "elsewhere.example"}, "was answered with 400"),  # an answer, but the vote finds no form
        ({"SMOKE_READY_PATH": "/nowhere"}, "/nowhere does not answer 200"),
        ({"SMOKE_URL": "http://127.0.0.1:1"}, "Connection refused"),
    ],
)
def test_what_does_not_answer_fails(app: App, site: Site, env: dict[str, str], words: str) -> None:
    done = smoke(app, site.url, **env)

    assert done.returncode != 0
    assert words in done.stdout + done.stderr


class _Failing(BaseHTTPRequestHandler):
    """Answers 500 for the front page, and 200 for all others."""

    def do_GET(self) -> None:
        self.send_response(500 if self.path == "/" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write no log."""


def test_a_front_page_with_a_server_error_fails(app: App) -> None:
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), _Failing)) as server:
        done = smoke(app, f"http://127.0.0.1:{server.server_port}")

    assert done.returncode != 0
    assert "the front page answers 500" in done.stdout + done.stderr


def test_a_project_without_its_own_check_is_asked_for_its_pages(app: App, site: Site, tmp_path: Path) -> None:
    tree = shutil.copytree(app.tree, tmp_path / "tree")
    shutil.rmtree(tree / "polls" / "management")

    done = smoke(dataclasses.replace(app, tree=tree), site.url)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "smoke check passed\n"
