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
def application() -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the address of an application, and the statuses of its pages."""
    statuses = dict(STATUSES)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses[self.path] if self.headers["Host"] == "polls.example.com" else 404)
            self.send_header("Content-Length", "0")
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
    tmp_path: Path, application: tuple[str, dict[str, int]], path: str, status: int, message: str | None
) -> None:
    url, statuses = application
    statuses[path] = status
    management = tmp_path / "django" / "core" / "management.py"
    management.parent.mkdir(parents=True)
    management.write_text(f"{MANAGEMENT}\ncall_command = None\n", "utf-8")
    variables = {
        "PYTHONPATH": str(tmp_path),
        "SMOKE_URL": url,
        "SMOKE_HOST": "polls.example.com",
        "SMOKE_LIVE_PATH": "/healthz",
        "SMOKE_READY_PATH": "/readyz",
    }
    script = (SCRIPTS / "smoke.py").read_text("utf-8").replace("PATIENCE = 30.0", "PATIENCE = 0.0")
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == (1 if message else 0), done.stderr
    assert message is None or message in done.stderr
    assert (done.stdout == "smoke check passed\n") is (message is None)
