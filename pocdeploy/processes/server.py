"""Run the patched application without Docker: in a virtualenv, on the PostgreSQL of a Python package.

All files are in one folder, ``work``: the patched copy, ``venv``, ``pgdata`` (kept between runs) and ``secrets.json``
(mode 0600). All servers listen on 127.0.0.1 or on a Unix socket.
"""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pocdeploy import filelock
from pocdeploy.config import AppSettings
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.processes import changes, postgres
from pocdeploy.processes.command import server_command
from pocdeploy.processes.environment import application_variables, identity, inherited, load_secrets
from pocdeploy.processes.postgres import folder_findings
from pocdeploy.processes.preparation import ADMIN_SCRIPT, database_variables, prepare_application
from pocdeploy.processes.release import METRICS_FOLDER
from pocdeploy.processes.setup import HOST, ensure_venv, log, port_after, port_findings, step
from pocdeploy.source.build_context import prepare

STOP_TIMEOUT = 25.0  # seconds; more than the application's graceful_timeout of 20 s
POLL_INTERVAL = 0.05  # seconds
RELOAD_INTERVAL = 0.5
"""Seconds between two looks at the files of the application."""
UNSEEDED = ".unseeded"
"""File in ``work`` while a new database has no example data."""


def run(source: Path, patches: Path | None, work: Path, *, project: Path, app: AppSettings, port: int = 8000) -> None:
    """Serve the application ``source``, patched, on ``http://localhost:<port>/`` until Ctrl-C or SIGTERM.

    gunicorn serves a Django project, the CMD of its Dockerfile anything else. A change of the source or of a patch
    builds the copy again, migrates, and restarts the server; after a mistake there it waits for the next change. A new
    database gets its example data. ``project`` is the checkout of pocdeploy, with the script that creates the
    administrator. ``app`` has commands, variables and database. ``work`` is created if it does not exist; only one run
    at a time may use it. Metrics are on ``port`` + 1, or on a free port if that is in use. The last lines of the output
    are the URL and the administrator's password, which is generated in the first run.

    Returns after everything has stopped. Raises PreflightError if a port or ``work`` is in use, the database cannot be
    in ``work``, or a package is missing; PatchError as ``prepare`` does; PocdeployError if a step fails before the
    application has served.
    """
    source, work = source.resolve(), work.resolve()
    if findings := [*port_findings(port), *folder_findings(work)]:
        raise PreflightError(findings)
    try:
        with _interruptible(), filelock.hold(work / ".running", f"run a server in {work}", timeout=0):
            site = _Site(
                app=app,
                source=source,
                patches=patches,
                work=work,
                admin_script=project / ADMIN_SCRIPT,
                port=port,
                metrics_port=port_after(port),
            )
            site.build()
            with _database(app, work) as database:
                site.serve(database)
    except KeyboardInterrupt:
        log("stopped")


@dataclass(frozen=True, kw_only=True)
class _Site:
    """An application in development."""

    app: AppSettings
    source: Path
    patches: Path | None
    work: Path
    admin_script: Path
    port: int
    metrics_port: int

    @property
    def tree(self) -> Path:
        """The patched copy."""
        return self.work / self.source.name

    def look(self) -> changes.Seen:
        """Return what the copy is made of."""
        return changes.look(filter(None, (self.source, self.patches)))

    def build(self) -> None:
        """Make the patched copy, and the virtualenv with its packages."""
        applied = prepare(self.source, self.tree, patches=self.patches)
        log(f"{self.source.name}: {len(applied)} patch{'' if len(applied) == 1 else 'es'} applied")
        server_command(self.tree, self.port)  # its error comes before packages are installed
        ensure_venv(self.tree / "requirements.txt", self.work / "venv")

    def serve(self, database: Mapping[str, str]) -> NoReturn:
        """Serve, and start again after each change, until an interrupt comes."""
        has_served = False
        while True:
            seen = self.look()
            try:
                if has_served:
                    self.build()
                command, env = server_command(self.tree, self.port), self._environment(database)
                self._prepare(env)
                with _running(command, self.tree, env) as server:
                    _wait_for(command[0], server, self.port)
                    self._show_address(again=has_served)
                    has_served = True
                    self._wait_for_change(seen, functools.partial(_check_runs, command[0], server))
            except PocdeployError as error:
                if not has_served:
                    raise
                log(f"{error}\nwaiting for the next change; Ctrl-C stops everything")
                self._wait_for_change(seen)

    def _environment(self, database: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the server."""
        secret_key = load_secrets(self.work / "secrets.json")["SECRET_KEY"]
        own = application_variables(database, secret_key=secret_key, port=self.port, metrics_port=self.metrics_port)
        own |= identity("make dev", self.source, self.patches)
        env = {**inherited(), **self.app.env, **own, METRICS_FOLDER: str(self.work / "metrics")}
        return {**env, "PATH": os.pathsep.join([str(self.work / "venv" / "bin"), env.get("PATH", os.defpath)])}

    def _prepare(self, server_env: Mapping[str, str]) -> None:
        """Migrate and so on; add example data to a new database."""
        env = {name: value for name, value in server_env.items() if name != METRICS_FOLDER}
        password = load_secrets(self.work / "secrets.json")["ADMIN_PASSWORD"]
        prepare_application(self.app, self.tree, env, admin_script=self.admin_script, password=password, log=log)
        unseeded = self.work / UNSEEDED
        if unseeded.exists():
            if self.app.commands.seed:
                log("adding example data")
                step("seed", self.app.commands.seed, env, cwd=self.tree)
            else:
                log("the database is empty: commands.seed in the stack file would add example data")
            unseeded.unlink()

    def _show_address(self, *, again: bool) -> None:
        log(f"http://localhost:{self.port}/{'  (started again)' if again else ''}")
        if again:
            return
        if self.app.metrics_port:
            log(f"metrics: http://{HOST}:{self.metrics_port}/metrics")
        if self.app.database and self.app.commands.admin:
            password = load_secrets(self.work / "secrets.json")["ADMIN_PASSWORD"]
            log(f"administrator: {self.app.admin.username}, password: {password}  ({self.app.admin_path})")
        log("A change of a file starts it again. Ctrl-C stops everything; the data is kept")

    def _wait_for_change(self, seen: changes.Seen, check: Callable[[], None] = lambda: None) -> None:
        """Return when a file is not as it was ``seen``, and no more changes follow; ``check`` can raise meanwhile."""
        while not (changed := changes.between(seen, before := self.look())):
            check()
            time.sleep(RELOAD_INTERVAL)
        while (now := self.look()) != before:  # an editor, or git, is at work
            before = now
            time.sleep(RELOAD_INTERVAL)
        names = ", ".join(path.name for path in changed[:3])
        log(f"changed: {names}{' …' if len(changed) > 3 else ''}")


@contextmanager
def _database(app: AppSettings, work: Path) -> Iterator[Mapping[str, str]]:
    """Run the application's database, if it has one; yield its variables under the names that the application reads."""
    if app.database is None:
        yield {}
        return
    server = postgres.start(work / "pgdata")
    try:
        if server.create_database(postgres.DATABASE):
            (work / UNSEEDED).touch()
        yield database_variables(app, server.variables(postgres.DATABASE))
    finally:
        postgres.stop(work / "pgdata")


@contextmanager
def _running(command: Sequence[str], tree: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run the application's server; stop it at the end of the block."""
    # In its own session: only this process gets Ctrl-C, and stops everything in order.
    server = subprocess.Popen(command, cwd=tree, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_for(name: str, server: subprocess.Popen[bytes], port: int) -> None:
    """Return when ``port`` accepts connections; raises PocdeployError if ``server``, called ``name``, ends before."""
    while True:
        _check_runs(name, server)
        with closing(socket.socket()) as client:
            if client.connect_ex((HOST, port)) == 0:
                return
        time.sleep(POLL_INTERVAL)


def _check_runs(name: str, server: subprocess.Popen[bytes]) -> None:
    """Raise PocdeployError if the application's server has ended."""
    if (code := server.poll()) is not None:
        _fail_ended(name, code)


def _fail_ended(name: str, code: int) -> NoReturn:
    what = f"ended with exit code {code}; its output is above"
    raise PocdeployError([Finding(where=name, what=what)])


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP (terminal closed) end the block like Ctrl-C, so that no process stays."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
