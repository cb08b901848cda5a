"""The query for slow statements, on a real PostgreSQL; a table replaces the view of the extension."""

from __future__ import annotations

import json

import yaml

from components.backend import manifests
from tests.app.conftest import app, app_python, database  # noqa: F401 -- fixtures
from tests.app.support import App

SCRIPT = """
import json
from django.db import connection, transaction
with connection.cursor() as cursor, transaction.atomic():
    cursor.execute({predicate!r})
    predicate = cursor.fetchone()
    cursor.execute("CREATE TABLE public.pg_stat_statements (dbid oid, query text, calls int8, total_exec_time float8)")
    cursor.execute('''INSERT INTO public.pg_stat_statements SELECT oid, query, 2, 750 FROM pg_database,
        (VALUES (E'SELECT\\n  $1'), ('SELECT $1')) AS ran (query) WHERE datname = current_database()''')
    # As on CloudNativePG's connections for metrics.
    cursor.execute("SET LOCAL search_path TO pg_catalog, public, pg_temp")
    cursor.execute({query!r})
    names = [column.name for column in cursor.description]
    rows = [[str(value) for value in row] for row in cursor.fetchall()]
    transaction.set_rollback(True)
print(json.dumps([predicate, names, rows]))
"""


def test_statements_with_the_same_beginning_are_one(app: App) -> None:  # noqa: F811
    queries = yaml.safe_load(manifests.queries("x", namespace="x", labels={})["data"]["queries"])["pg_stat_statements"]
    script = SCRIPT.format(predicate=queries["predicate_query"], query=queries["query"])
    predicate, names, rows = json.loads(app.shell(script).splitlines()[-1])

    assert predicate == [False], "no extension, no query"
    assert names == [name for column in queries["metrics"] for name in column]
    assert [row[1:] for row in rows] == [["SELECT $1", "4", "1.5"]]
