"""Prove that a moment of a database can be restored: mark it, restore it into a temporary cluster, and compare.

Runs in the image of the plugin's container, with its Python and psycopg2, and in the tests. In the environment: APP,
CLUSTER (the temporary cluster as JSON, without its moment), POD and POD_UID (owner of what is created, so that it is
deleted in any case), and libpq's variables for the database.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import ssl
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-not-found,import-untyped,unused-ignore]

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
ARCHIVE_TIMEOUT, RESTORE_TIMEOUT = 900, 3600  # seconds; an idle database archives every 300
SCHEMA = "pocdeploy_drill"
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname <> 'information_schema' AND schemaname NOT LIKE 'pg\\_%' AND schemaname <> 'pocdeploy_drill'
AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
"""


class DrillError(Exception):
    """What the drill has found."""


def ask(connection: Any, query: str, *values: str) -> list[Any]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


def fingerprints(connection: Any) -> dict[str, Any]:
    """Return table -> number of rows and sum of their hashes, all at one moment."""
    ask(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        query = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
        return {table: ask(connection, query.format(table))[0] for (table,) in ask(connection, TABLES)}
    finally:
        ask(connection, "COMMIT")


def mark(connection: Any) -> tuple[str, str]:
    """Write a marker; return its id and a moment after it that is before everything later."""
    ask(connection, f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    ask(connection, f"CREATE TABLE IF NOT EXISTS {SCHEMA}.marker (id uuid PRIMARY KEY, at timestamptz DEFAULT now())")
    ask(connection, f"DELETE FROM {SCHEMA}.marker WHERE at < now() - interval '90 days'")  # noqa: S608
    marker = str(uuid.uuid4())
    ask(connection, f"INSERT INTO {SCHEMA}.marker (id) VALUES (%s)", marker)  # noqa: S608
    form = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
    return marker, ask(connection, f"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', '{form}')")[0][0]


def record(connection: Any, result: dict[str, Any]) -> None:
    """Write what a good drill has measured, for the exporter of metrics, which reads as pg_monitor."""
    table = f"{SCHEMA}.result"
    columns = "archived_seconds int, restored_seconds int, tables int"
    ask(connection, f"CREATE TABLE IF NOT EXISTS {table} (at timestamptz DEFAULT now(), {columns})")
    ask(connection, f"GRANT USAGE ON SCHEMA {SCHEMA} TO pg_monitor")
    ask(connection, f"GRANT SELECT ON {table} TO pg_monitor")
    ask(connection, f"DELETE FROM {table} WHERE at < now() - interval '90 days'")  # noqa: S608
    values = [str(result[key]) for key in ("archivedAfterSeconds", "restoredAfterSeconds", "tables")]
    insert = f"INSERT INTO {table} (archived_seconds, restored_seconds, tables) VALUES (%s, %s, %s)"  # noqa: S608
    ask(connection, insert, *values)


def segment(connection: Any) -> str:
    """Return the segment of the write-ahead log that has all that was committed until now."""
    return str(ask(connection, "SELECT pg_walfile_name(pg_current_wal_lsn())")[0][0])


def archived(connection: Any, wanted: str, timeout: float = ARCHIVE_TIMEOUT) -> float:
    """Wait until a segment is archived; return the seconds that it took."""
    began = time.monotonic()
    while True:
        last = ask(connection, "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")[0][0]
        if last[:24] >= wanted:
            return time.monotonic() - began
        if time.monotonic() - began > timeout:
            raise DrillError(f"{wanted} was not archived within {timeout} s, the last one was {last or 'none'}")
        time.sleep(2)


def compare(restored: Any, first: str, second: str, before: dict[str, Any], after: dict[str, Any]) -> int:
    """Check a restored database; return the number of tables that were compared.

    Args:
        restored: connection to it.
        first: marker before the moment.
        second: marker after it.
        before: fingerprints before the first marker.
        after: fingerprints after the second one. Only tables without changes in between can be compared.
    """
    found = {str(row[0]) for row in ask(restored, f"SELECT id FROM {SCHEMA}.marker")}  # noqa: S608
    if first not in found:
        raise DrillError("what was committed before the moment is not there")
    if second in found:
        raise DrillError("what was committed after the moment is there")
    if ask(restored, "SELECT pg_is_in_recovery()")[0][0]:
        raise DrillError("the restored database takes no writes")
    now = fingerprints(restored)
    unchanged = {table: found for table, found in before.items() if after.get(table) == found}
    if wrong := sorted(table for table, found in unchanged.items() if now.get(table) != found):
        raise DrillError(f"other contents than at the moment: {', '.join(wrong)}")
    return len(unchanged)


class Cluster:
    """The API of the cluster that this pod runs in."""

    def __init__(self) -> None:
        self.namespace = (ACCOUNT / "namespace").read_text()
        self.address = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
        self.trusted = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer to a request; None if there is no such object."""
        url = f"{self.address}{path}"
        headers = {"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 -- always https
        try:
            with urllib.request.urlopen(request, context=self.trusted, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise DrillError(f"{method} {path}: {error.code} {error.read()[:300].decode()}") from error

    def path(self, group: str, kind: str, name: str = "") -> str:
        """Return the path of a kind in this namespace."""
        return f"{group}/namespaces/{self.namespace}/{kind}{f'/{name}' if name else ''}"


def restore(api: Cluster, copy: Any, moment: str) -> float:
    """Create the temporary cluster with the contents at a moment; return the seconds until it served."""
    owner = {"apiVersion": "v1", "kind": "Pod", "name": os.environ["POD"], "uid": os.environ["POD_UID"]}
    copy["metadata"]["ownerReferences"] = [owner]
    copy["spec"]["bootstrap"]["recovery"]["recoveryTarget"] = {"targetTime": moment}
    group, began = f"/apis/{copy['apiVersion']}", time.monotonic()
    api.call("POST", api.path(group, "clusters"), copy)
    while True:
        status = (api.call("GET", api.path(group, "clusters", copy["metadata"]["name"])) or {}).get("status") or {}
        if status.get("readyInstances") == 1:
            return time.monotonic() - began
        if time.monotonic() - began > RESTORE_TIMEOUT:
            raise DrillError(
                f"not restored within {RESTORE_TIMEOUT} s: {status.get('phase')} {status.get('phaseReason')}"
            )
        time.sleep(2)


def remove(api: Cluster, copy: Any) -> None:
    """Delete the temporary cluster, and wait until it is gone."""
    path = api.path(f"/apis/{copy['apiVersion']}", "clusters", copy["metadata"]["name"])
    while api.call("DELETE", path) is not None:
        time.sleep(2)


def connect(**options: str) -> Any:
    """Connect to a database; each statement is a transaction of its own."""
    connection = psycopg2.connect(connect_timeout=10, **options)
    connection.autocommit = True
    return connection


def drill(api: Cluster, app: str, copy: Any) -> dict[str, Any]:
    """Run the drill; return what it has measured."""
    name = copy["metadata"]["name"]
    remove(api, copy)
    with contextlib.closing(connect()) as live:
        before = fingerprints(live)
        first, moment = mark(live)
        time.sleep(1)
        second, _ = mark(live)
        after = fingerprints(live)
        lag = archived(live, segment(live))
    try:
        seconds = restore(api, copy, moment)
        secret = api.call("GET", api.path("/api/v1", "secrets", f"{name}-app"))
        password = base64.b64decode(secret["data"]["password"]).decode()
        with contextlib.closing(connect(host=f"{name}-rw", dbname=app, user=app, password=password)) as restored:
            tables = compare(restored, first, second, before, after)
    finally:
        remove(api, copy)
    result = {
        "moment": moment,
        "archivedAfterSeconds": round(lag),
        "restoredAfterSeconds": round(seconds),
        "tables": tables,
    }
    with contextlib.closing(connect()) as live:
        record(live, result)
    return result


def main() -> None:
    """Run the drill, print its result, and keep it in a ConfigMap."""
    app, copy, api = os.environ["APP"], json.loads(os.environ["CLUSTER"]), Cluster()
    result = {key: str(value) for key, value in drill(api, app, copy).items()}
    name = f"{app}-db-drill"
    record = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": copy["metadata"]["labels"]}}
    api.call("DELETE", api.path("/api/v1", "configmaps", name))
    api.call("POST", api.path("/api/v1", "configmaps"), {**record, "data": result})
    print(json.dumps(result))  # noqa: T201 -- the log of the Job


if __name__ == "__main__":
    main()
