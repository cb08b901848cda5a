"""The table of parameters, and what is accepted of them, against a real PostgreSQL."""

from __future__ import annotations

import subprocess
from decimal import Decimal

import pytest

from pocdeploy.config import postgresql
from tests.app.test_database_scripts import libpq
from tests.settingsdata import PARAMETERS

ALL = """
SELECT name, vartype, unit, min_val, max_val, array_to_string(enumvals, ',') FROM pg_settings
WHERE context <> 'internal' AND name NOT LIKE '%.%'
"""
OF_THE_SYSTEM = {"effective_io_concurrency", "maintenance_io_concurrency", "max_stack_depth", "extension_destdir"}
"""Parameters whose bounds, or which themselves, depend on the operating system."""


def query(database: dict[str, str], *statements: str) -> subprocess.CompletedProcess[str]:
    commands = [part for statement in statements for part in ("--command", statement)]
    psql = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set", "ON_ERROR_STOP=1", *commands]
    superuser = {**libpq(database), "PGUSER": "postgres"}
    return subprocess.run(psql, env=superuser, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def major(database: dict[str, str]) -> int:
    return int(query(database, "SHOW server_version_num").stdout) // 10000


def test_table_has_the_parameters_of_this_version(database: dict[str, str], major: int) -> None:
    known = postgresql.parameters()
    rows = [line.split("|") for line in query(database, ALL).stdout.splitlines()]
    assert len(rows) > 300
    for name, kind, unit, least, most, values in rows:
        if name in OF_THE_SYSTEM:
            continue
        found = known[name.lower()]
        assert found.since <= major <= found.until, name
        if found.kind == "fixed":
            continue
        assert (found.kind, found.unit) == (kind, unit) or name == "log_connections", name
        assert set(filter(None, values.split(","))) <= {it.replace("tlsv", "TLSv") for it in found.values}, name
        if least:
            assert found.least is not None
            assert found.most is not None
            assert (found.least <= Decimal(least), found.most >= Decimal(most)) == (True, True), name


def test_accepted_values_are_accepted_by_postgresql(database: dict[str, str], major: int) -> None:
    parameters = {name: value for name, value in PARAMETERS.items() if "." not in name}
    usable = {name: it for name, it in parameters.items() if not postgresql.accepted(name, it, version=major)}
    statements = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in usable.items() if name != "search_path"]
    run = query(database, *statements, "ALTER SYSTEM RESET ALL")

    assert len(statements) >= 40
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_conections", "200"),
        ("max_connections", "0"),
        ("max_connections", "100MB"),
        ("work_mem", "8Mi"),
        ("work_mem", "8 mb"),
        ("work_mem", "3TB"),
        ("statement_timeout", "5sec"),
        ("jit", "maybe"),
        ("wal_compression", "brotli"),
        ("checkpoint_completion_target", "1.5"),
    ],
)
def test_refused_values_are_refused_by_postgresql(database: dict[str, str], major: int, name: str, value: str) -> None:
    assert postgresql.accepted(name, value, version=major)
    refused = query(database, f"ALTER SYSTEM SET {name} = '{value}'")

    assert refused.returncode != 0
    assert "permission denied" not in refused.stderr
