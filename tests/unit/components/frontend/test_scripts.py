"""The scripts of the frontend's Jobs, without Django; tests/app runs them with Django and PostgreSQL."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.processes import answering

SCRIPTS = ROOT / "components" / "frontend" / "scripts"
STATUSES = {"/": 200, "/healthz": 200, "/readyz": 200}
MANAGEMENT = """
def get_commands():
    return {}
"""


def destructive_sql() -> re.Pattern[str]:
    """Return the pattern of the check; its module cannot be imported without Django."""
    tree = ast.parse((SCRIPTS / "check_migrations.py").read_text("utf-8"))
    value = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DESTRUCTIVE_SQL"
    )
    pattern: re.Pattern[str] = eval(ast.unparse(value), {"re": re})  # noqa: S307 -- the project's own source
    return pattern


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DROP TABLE polls_choice", "DROP TABLE"),
        ("ALTER TABLE polls_choice DROP COLUMN votes", "DROP COLUMN"),
        ("drop  view totals", "drop  view"),
        ("DROP SCHEMA old CASCADE", "DROP SCHEMA"),
        ("ALTER TABLE polls_choice RENAME TO options", "RENAME TO"),
        ("ALTER TABLE polls_choice RENAME COLUMN votes TO n", "RENAME COLUMN"),
        ("ALTER TABLE polls_choice RENAME votes TO n", "RENAME votes TO"),
        ("ALTER TABLE polls_choice ALTER votes SET NOT NULL", "SET NOT NULL"),
        ("ALTER TABLE polls_choice ALTER COLUMN votes SET DATA TYPE text", "SET DATA TYPE"),
        ("ALTER TABLE polls_choice ALTER COLUMN votes TYPE text", "ALTER COLUMN votes TYPE"),
        ("ALTER TABLE polls_choice ALTER votes TYPE text", "ALTER votes TYPE"),
        ("TRUNCATE polls_choice", "TRUNCATE"),
        ("ALTER TABLE polls_choice SET SCHEMA old", "SET SCHEMA"),
        ("UPDATE polls_choice SET votes = 0", None),
        ("ALTER TABLE polls_choice ADD COLUMN note text", None),
        ("CREATE INDEX by_votes ON polls_choice (votes)", None),
        ("ALTER TABLE polls_choice ALTER votes DROP NOT NULL", None),
    ],
)
def test_destructive_statements_are_found(statement: str, found: str | None) -> None:
    match = destructive_sql().search(statement)

    assert (match and match[0]) == found


@pytest.fixture
def application() -> Iterator[tuple[str, dict[str, int | str]]]:
    """Yield the address of an application, and the statuses of its pages; a text is a redirect."""
    statuses: dict[str, int | str] = {**STATUSES}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = statuses[self.path] if self.headers["Host"] == "polls.example.com" else 404
            self.send_response(301 if isinstance(answer, str) else answer)
            self.send_header("Content-Length", "0")
            if isinstance(answer, str):
                self.send_header("Location", answer)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with answering(server):
        yield f"http://127.0.0.1:{server.server_port}", statuses


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/", 200, None),
        ("/", 302, None),
        ("/", 404, None),
        ("/", 500, "smoke check failed: the front page answers 500"),
        ("/", 503, "smoke check failed: the front page answers 503"),
        ("/healthz", 500, "/healthz does not answer 200 through the gateway: status 500"),
        ("/readyz", 503, "/readyz does not answer 200 through the gateway: status 503"),
    ],
)
def test_smoke_check_asks_three_pages(
    tmp_path: Path, application: tuple[str, dict[str, int | str]], path: str, status: int, message: str | None
) -> None:
    url, statuses = application
    statuses[path] = status
    done = smoke(tmp_path, url)

    assert done.returncode == (1 if message else 0), done.stderr
    assert message is None or message in done.stderr
    assert (done.stdout == "smoke check passed\n") is (message is None)


@pytest.mark.parametrize(
    ("location", "said", "good"),
    [
        ("/ready/", "", True),
        ("http://polls.example.com/ready/", "", True),
        ("ready/", "", True),
        ("https://polls.example.com/readyz", "redirects to https://polls.example.com/readyz, not followed", True),
        ("https://login.example.com/", "redirects to https://login.example.com/, not followed", True),
        ("/broken", "status 500", False),
        ("/readyz", "more than 5 redirects", False),
    ],
    ids=["slash", "absolute", "relative", "HTTPS", "another host", "to an error", "loop"],
)
def test_smoke_check_follows_redirects(
    tmp_path: Path, application: tuple[str, dict[str, int | str]], location: str, said: str, good: bool
) -> None:
    url, statuses = application
    statuses |= {"/readyz": location, "/ready/": 200, "/broken": 500}
    done = smoke(tmp_path, url)

    assert (done.returncode == 0) is good, done.stderr
    assert said in done.stdout + done.stderr


def test_smoke_check_leaves_out_paths_that_are_null(
    tmp_path: Path, application: tuple[str, dict[str, int | str]]
) -> None:
    url, statuses = application
    statuses |= {"/": 404, "/healthz": 500, "/readyz": 500}
    done = smoke(tmp_path, url, SMOKE_LIVE_PATH="", SMOKE_READY_PATH="")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("is empty, as the setting is null: not asked") == 2


def smoke(folder: Path, url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a stand-in for Django."""
    management = folder / "django" / "core" / "management.py"
    management.parent.mkdir(parents=True)
    management.write_text(f"{MANAGEMENT}\ncall_command = None\n", "utf-8")
    env = {
        "PYTHONPATH": str(folder),
        "SMOKE_URL": url,
        "SMOKE_HOST": "polls.example.com",
        "SMOKE_LIVE_PATH": "/healthz",
        "SMOKE_READY_PATH": "/readyz",
        **variables,
    }
    script = (SCRIPTS / "smoke.py").read_text("utf-8").replace("PATIENCE = 30.0", "PATIENCE = 0.0")
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=30)
