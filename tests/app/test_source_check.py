"""The check of migrations by their source, on a real PostgreSQL: what it refuses, and what was applied already."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.processes import postgres
from pocdeploy.source import migrations
from tests.app.support import ROOT

SCRIPT = ROOT / "components" / "frontend" / "scripts" / "check_source.sh"
TABLES = """
CREATE TABLE note (id bigserial PRIMARY KEY, body text NOT NULL, words integer, title varchar(20), count integer);
CREATE TABLE "Mixed" ("wordCount" integer);
"""
REFUSED = 3


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with tempfile.TemporaryDirectory(prefix="pocdeploy-") as folder:
        if findings := postgres.folder_findings(Path(folder)):
            pytest.skip(str(findings[0]))
        data = Path(folder) / "pgdata"
        server = postgres.start(data)
        server.create_database("checked")
        server.create_database("empty")
        server.ask(TABLES, database="checked")
        yield server
        postgres.stop(data)


def checked(server: postgres.Server, query: str | None, database: str = "checked", **env: str) -> tuple[int, str]:
    """Run the script as the Job does; return its exit code and output."""
    assert query is not None
    variables = {
        "PATH": f"{server.psql.parent}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": database,
        "PGDATABASE": database,
        "QUERY": query,
        **env,
    }
    command = ["bash", "-c", SCRIPT.read_text("utf-8")]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def query_of(folder: Path, statements: str) -> str | None:
    (folder / "migrations").mkdir()
    (folder / "migrations" / "1.sql").write_text(statements)
    return migrations.query(source_files.read(folder))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE note", "the table note is dropped"),
        ("DROP TABLE public.note", "the table public.note is dropped"),
        ("ALTER TABLE note RENAME TO notes", "the table note is renamed"),
        ("ALTER TABLE note DROP COLUMN words", "note.words is dropped"),
        ('ALTER TABLE "Mixed" DROP COLUMN "wordCount"', "Mixed.wordCount is dropped"),
        ("ALTER TABLE note RENAME words TO n", "note.words is renamed"),
        ("ALTER TABLE note ALTER words SET NOT NULL", "note.words becomes mandatory"),
        ("ALTER TABLE note ALTER count TYPE text", "note.count changes its type to text"),
        ("ALTER TABLE note ADD author text NOT NULL", "note.author is mandatory without a default"),
    ],
)
def test_breaking_changes_are_refused(server: postgres.Server, tmp_path: Path, statement: str, said: str) -> None:
    query = query_of(tmp_path, f"{statement};")
    code, output = checked(server, query)

    assert (code, said in output) == (REFUSED, True), output
    assert checked(server, query, ALLOW_BREAKING_MIGRATION="1")[0] == 0
    assert checked(server, query, "empty")[0] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE gone",
        "ALTER TABLE note DROP COLUMN gone",
        "ALTER TABLE note RENAME gone TO words",
        "ALTER TABLE note ALTER body SET NOT NULL",
        "ALTER TABLE note ALTER count TYPE bigint",
        "ALTER TABLE note ALTER title TYPE text",
        "ALTER TABLE note ALTER title TYPE varchar(40)",
        "ALTER TABLE note ALTER count TYPE no_such_type",
        "ALTER TABLE note ADD words integer NOT NULL",
        "CREATE TABLE fresh (id int); ALTER TABLE fresh ADD a text NOT NULL",
    ],
)
def test_changes_that_break_nothing_are_allowed(server: postgres.Server, tmp_path: Path, statement: str) -> None:
    """They were applied already, concern a table that this update creates, or widen a type."""
    code, output = checked(server, query_of(tmp_path, f"{statement};"))

    assert (code, output) == (0, "migrations: nothing that the release which serves could not live with\n")


def test_query_that_fails_is_a_notice(server: postgres.Server) -> None:
    code, output = checked(server, "SELECT nothing FROM nowhere")

    assert code == 0
    assert "not checked, the query failed" in output
