"""The scripts of a restore on two real PostgreSQLs: the restored contents take the place of the current ones."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pocdeploy.processes.postgres import load_package
from pocdeploy.stacks.backups import rows, switch

# A name that has to be quoted, as those of applications may be.
APP, NEW, OLD = "my-polls", "my-polls_restored", "my-polls_before_20260131140506"
CREATE = f"""
CREATE ROLE "{APP}" LOGIN PASSWORD 'one-time';
CREATE DATABASE "{APP}" OWNER "{APP}" TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8';
"""
CONTENTS = "CREATE TABLE vote (id serial PRIMARY KEY, choice text); INSERT INTO vote (choice) VALUES ('tea'), ('ÄÖ')"


@dataclass(frozen=True)
class Server:
    socket: str
    programs: Path

    def environment(self) -> dict[str, str]:
        path = f"{self.programs}:{os.environ['PATH']}"
        return {"PGHOST": self.socket, "PGUSER": "postgres", "PATH": path, "LC_ALL": "C.UTF-8"}

    def ask(self, query: str, *, database: str = "postgres", user: str = "postgres") -> str:
        options = ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-c", query]
        env = self.environment()
        done = subprocess.run(["psql", *options], env=env, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()

    def script(self, name: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = ["bash", "-c", switch.script(name), name, *arguments]
        return subprocess.run(
            command, env=self.environment(), input=stdin, capture_output=True, text=True, check=False, timeout=120
        )


@contextmanager
def serving() -> Iterator[Server]:
    # Not in pytest's own folder: PostgreSQL never runs as root, and another user cannot read that.
    with tempfile.TemporaryDirectory(prefix="pocdeploy-") as folder:
        data = Path(folder) / "pgdata"
        running = load_package()(data)
        try:
            server = Server(str(running.get_postmaster_info().socket_dir), running.bin_path)
            for statement in filter(str.strip, CREATE.split(";")):
                assert server.ask(statement) == ""
            yield server
        finally:
            running.cleanup()
            if (data / "postmaster.pid").exists():
                running.stop()


@pytest.fixture(scope="module")
def live() -> Iterator[Server]:
    with serving() as server:
        assert server.ask("CREATE TABLE vote (id int)", database=APP, user=APP) == ""
        yield server


@pytest.fixture(scope="module")
def copy() -> Iterator[Server]:
    with serving() as server:
        assert server.ask(CONTENTS, database=APP, user=APP) == ""
        yield server


def test_rows_of_every_table_are_counted(live: Server, copy: Server) -> None:
    now, then = (rows.count(lambda query: server.ask(query, database=APP)) for server in (live, copy))  # noqa: B023
    assert (now, then) == ({"public.vote": 0}, {"public.vote": 2})


def test_restored_contents_take_their_place(live: Server, copy: Server) -> None:
    loaded = live.script("load", APP, NEW, copy.socket, stdin="one-time\n")
    assert loaded.returncode == 0, loaded.stderr
    # It can run again: an interrupted one has left the database.
    assert live.script("load", APP, NEW, copy.socket, stdin="one-time\n").returncode == 0
    with subprocess.Popen(
        ["psql", "-X", "-d", APP, "-c", "SELECT pg_sleep(60)"], env=live.environment(), stderr=subprocess.PIPE
    ) as connected:
        switched = live.script("switch", APP, NEW, OLD)
        assert switched.returncode == 0, switched.stderr
        assert connected.wait(timeout=30) != 0

    assert live.ask("SELECT string_agg(choice, ',' ORDER BY id) FROM vote", database=APP, user=APP) == "tea,ÄÖ"
    assert live.ask("SELECT count(*) FROM vote", database=OLD) == "0"
    owner = "SELECT pg_get_userbyid(datdba), datallowconn, datcollate FROM pg_database WHERE datname IN"
    assert live.ask(f"{owner} ('{APP}', '{OLD}')").splitlines() == [f"{APP}|t|C"] * 2


def test_a_failed_switch_changes_nothing(live: Server) -> None:
    failed = live.script("switch", APP, "not-there", "other")
    assert failed.returncode != 0
    assert live.ask("SELECT count(*) FROM vote", database=APP, user=APP) == "2"


def test_a_copy_that_is_unreachable_changes_nothing(live: Server, tmp_path: Path) -> None:
    failed = live.script("load", APP, NEW, str(tmp_path), stdin="one-time\n")
    assert failed.returncode != 0
    assert live.ask("SELECT count(*) FROM vote", database=APP, user=APP) == "2"
