"""Run the patched application without Docker: in a virtualenv, on the PostgreSQL of a Python package.

All files are in one folder, ``work``: the patched copy, ``venv``, ``pgdata`` (kept between runs) and ``secrets.json``
(mode 0600). All servers listen on 127.0.0.1 or on a Unix socket.
"""

from __future__ import annotations

import functools
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pocdeploy import filelock
from pocdeploy.config import AppSettings, frameworks
from pocdeploy.config.frameworks import own_files
from pocdeploy.errors import PocdeployError, PreflightError
from pocdeploy.processes import changes, languages, postgres
from pocdeploy.processes.command import server_command, with_values
from pocdeploy.processes.environment import identity, inherited, load_secrets, whole_environment
from pocdeploy.processes.postgres import folder_findings
from pocdeploy.processes.preparation import ADMIN_SCRIPT, prepare_application, warn_if_empty
from pocdeploy.processes.release import METRICS_FOLDER
from pocdeploy.processes.running import check_runs, running, wait_until_ready
from pocdeploy.processes.setup import HOST, install, log, port_after, port_findings, step
from pocdeploy.processes.unsupported import left_out
from pocdeploy.source import resolve
from pocdeploy.source.build_context import prepare

RELOAD_INTERVAL = 0.5
"""Seconds between two looks at the files of the application."""
UNSEEDED = ".unseeded"
"""File in ``work`` while a new database has no example data."""


def run(
    source: Path,
    patches: Path | None,
    work: Path,
    *,
    project: Path,
    app: AppSettings,
    port: int = 8000,
    secrets: Mapping[str, str] | None = None,
) -> None:
    """Serve the application ``source``, patched, on ``http://localhost:<port>/`` until Ctrl-C or SIGTERM.

    Its settings ``app`` have the same meaning as in a cluster: command, processes, variables, packages. A change of the
    source or of a patch builds the copy again, migrates, and restarts everything; after a mistake there it waits for
    the next change. A new database gets its example data. ``project`` is the checkout of pocdeploy, with the script
    that creates the administrator. ``secrets`` are the variables that the stack file encrypts. ``work`` is created if
    it does not exist; only one run at a time may use it. Metrics are on ``port`` + 1, or on a free port if that is in
    use. The last lines of the output are the URL and the administrator's password, which is generated in the first run.

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
                project=project,
                port=port,
                metrics_port=port_after(port),
                secrets={**load_secrets(work / "secrets.json"), **(secrets or {})},
            )
            built = site.build()
            with _database(app, work) as database:
                site.serve(database, built)
    except KeyboardInterrupt:
        log("stopped")


@dataclass(frozen=True, kw_only=True)
class _Site:
    """An application in development."""

    app: AppSettings
    source: Path
    patches: Path | None
    work: Path
    project: Path
    port: int
    metrics_port: int
    secrets: Mapping[str, str]
    """SECRET_KEY, ADMIN_PASSWORD, and those of the stack file."""

    @property
    def tree(self) -> Path:
        """The patched copy."""
        return self.work / self.source.name

    def look(self) -> changes.Seen:
        """Return what the copy is made of."""
        return changes.look(filter(None, (self.source, self.patches)))

    @property
    def folder(self) -> Path:
        """The folder of the application in it."""
        return self.tree / (self.app.context or "")

    def build(self) -> AppSettings:
        """Make the patched copy, and the virtualenv with its packages; return the settings that the copy completes."""
        app = self.app
        applied = prepare(
            self.source,
            self.tree,
            patches=self.patches,
            requirements=self.project / app.requirements if app.requirements else None,
            own_files=own_files(app.framework, self.source) if app.framework else None,
            context=app.context,
        )
        log(f"{self.source.name}: {len(applied)} patch{'' if len(applied) == 1 else 'es'} applied")
        found = resolve.resolve(self.source.name, app, self.tree)
        for note in (*found.notes, *left_out(app)):
            log(note)
        server_command(self.tree, self.port, found.app)  # its error comes before packages are installed
        self._install(app.framework)
        return found.app

    def _install(self, framework: str | None) -> None:
        """Install the packages of the copy."""
        language = frameworks.get(framework).language if framework and framework != frameworks.NONE else "python"
        if language == "python":
            install(self.folder, self.work / "venv", framework)
        else:
            languages.install(language, self.folder, self.work, log=log)

    def serve(self, database: Mapping[str, str], built: AppSettings) -> NoReturn:
        """Serve, and start again after each change, until an interrupt comes."""
        has_served = False
        while True:
            seen = self.look()
            try:
                app = self.build() if has_served else built
                env = self._environment(app, database)
                self._prepare(app, env)
                with ExitStack() as started:
                    words = server_command(self.tree, self.port, app)
                    server = started.enter_context(running("web", words, self.folder, env))
                    check = functools.partial(check_runs, words[0], server)
                    self._start_others(app, env, started)
                    wait_until_ready(words[0], server, self.port, app)
                    self._show_address(again=has_served)
                    has_served = True
                    self._wait_for_change(seen, check)
            except PocdeployError as error:
                if not has_served:
                    raise
                log(f"{error}\nwaiting for the next change; Ctrl-C stops everything")
                self._wait_for_change(seen)

    def _start_others(self, app: AppSettings, server_env: Mapping[str, str], started: ExitStack) -> None:
        """Start the processes beside the server."""
        env = {name: value for name, value in server_env.items() if name != METRICS_FOLDER}
        for name, process in app.processes.items():
            if process and process.command and process.replicas:
                started.enter_context(running(name, process.command, self.folder, env))
                log(f"{name}: {' '.join(process.command)}")

    def _environment(self, app: AppSettings, database: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the server."""
        ports = {"port": self.port, "metrics_port": self.metrics_port}
        own = whole_environment(app, database, secret_values=self.secrets, **ports)
        where = identity("make dev", self.source, self.patches)
        env = {
            **inherited(),
            **languages.bundler(self.work),
            **where,
            **own,
            METRICS_FOLDER: str(self.work / "metrics"),
        }
        return {**env, "PATH": os.pathsep.join([str(self.work / "venv" / "bin"), env.get("PATH", os.defpath)])}

    def _prepare(self, app: AppSettings, server_env: Mapping[str, str]) -> None:
        """Migrate and so on; add example data to a new database."""
        env = {name: value for name, value in server_env.items() if name != METRICS_FOLDER}
        script, password = self.project / ADMIN_SCRIPT, self.secrets["ADMIN_PASSWORD"]
        prepare_application(app, self.folder, env, admin_script=script, password=password, log=log)
        if app.database and app.commands.migrate:
            warn_if_empty(app, self.work / "pgdata", log)
        unseeded = self.work / UNSEEDED
        if unseeded.exists():
            if app.commands.seed:
                log("adding example data")
                step("seed", with_values(app.commands.seed, env), env, cwd=self.folder)
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
            password = self.secrets["ADMIN_PASSWORD"]
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
    """Run the application's database, if it has one; yield its variables under pocdeploy's names."""
    if app.database is None:
        yield {}
        return
    server = postgres.start(work / "pgdata")
    try:
        if server.create_database(postgres.DATABASE):
            (work / UNSEEDED).touch()
        yield server.variables(postgres.DATABASE)
    finally:
        postgres.stop(work / "pgdata")


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
