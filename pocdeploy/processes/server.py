"""Run the patched application without Docker: in a virtualenv, on the PostgreSQL of a Python package.

All files are in one folder, ``work``: the patched copy, ``venv``, ``pgdata`` (kept between runs) and ``secrets.json``
(mode 0600). All servers listen on 127.0.0.1 or on a Unix socket.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn

from pocdeploy import filelock
from pocdeploy.config import AppSettings
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.processes.command import server_command
from pocdeploy.processes.environment import application_variables, inherited, load_secrets
from pocdeploy.processes.postgres import folder_findings, postgres
from pocdeploy.processes.preparation import ADMIN_SCRIPT, database_variables, prepare_application
from pocdeploy.processes.setup import HOST, ensure_venv, log, port_after, port_findings
from pocdeploy.source.build_context import prepare

STOP_TIMEOUT = 25.0  # seconds; more than the application's graceful_timeout of 20 s
POLL_INTERVAL = 0.05  # seconds


def run(source: Path, patches: Path | None, work: Path, *, project: Path, app: AppSettings, port: int = 8000) -> None:
    """Serve the application ``source``, patched, on ``http://localhost:<port>/`` until Ctrl-C or SIGTERM.

    gunicorn serves a Django project, the CMD of its Dockerfile anything else. ``project`` is the checkout of pocdeploy,
    with the script that creates the administrator. ``app`` has commands, variables and database. ``work`` is created if
    it does not exist; only one run at a time may use it. Metrics are on ``port`` + 1, or on a free port if that is in
    use. The last lines of the output are the URL and the administrator's password, which is generated in the first run.

    Returns after everything has stopped. Raises PreflightError if a port or ``work`` is in use, the database cannot be
    in ``work``, or a package is missing; PatchError as ``prepare`` does; PocdeployError if a step fails.
    """
    source, work = source.resolve(), work.resolve()
    if findings := [*port_findings(port), *folder_findings(work)]:
        raise PreflightError(findings)
    try:
        with _interruptible(), filelock.hold(work / ".running", f"run a server in {work}", timeout=0):
            tree = work / source.name
            applied = prepare(source, tree, patches=patches)
            log(f"{source.name}: {len(applied)} patch{'' if len(applied) == 1 else 'es'} applied")
            command = server_command(tree, port)
            ensure_venv(tree / "requirements.txt", work / "venv")
            with _database(app, work / "pgdata") as database:
                _serve(app, command, tree, database, admin_script=project / ADMIN_SCRIPT, port=port)
    except KeyboardInterrupt:
        log("stopped")


def _serve(
    app: AppSettings, command: Sequence[str], tree: Path, database: Mapping[str, str], *, admin_script: Path, port: int
) -> NoReturn:
    """Prepare the application, and run its server until it ends or an interrupt comes."""
    work = tree.parent
    secrets = load_secrets(work / "secrets.json")
    password, metrics_port = secrets["ADMIN_PASSWORD"], port_after(port)
    env = {
        **inherited(),
        **app.env,
        **application_variables(database, secret_key=secrets["SECRET_KEY"], port=port, metrics_port=metrics_port),
    }
    env["PATH"] = os.pathsep.join([str(work / "venv" / "bin"), env.get("PATH", os.defpath)])
    prepare_application(app, tree, env, admin_script=admin_script, password=password, log=log)
    with _running(command, tree, {**env, "PROMETHEUS_MULTIPROC_DIR": str(work / "metrics")}) as server:
        _wait_for(command[0], server, port)
        metrics = f"  (metrics: http://{HOST}:{metrics_port}/metrics)" if app.metrics_port else ""
        log(f"http://localhost:{port}/{metrics}")
        if app.database and app.commands.admin:
            log(f"administrator: {app.admin.username}, password: {password}  ({app.admin_path})")
        log("Ctrl-C stops everything; the data is kept")
        _fail_ended(command[0], server.wait())


@contextmanager
def _database(app: AppSettings, pgdata: Path) -> Iterator[dict[str, str]]:
    """Run the application's database, if it has one; yield its variables under the names that the application reads."""
    if app.database is None:
        yield {}
        return
    with postgres(pgdata) as variables:
        yield database_variables(app, variables)


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
        if (code := server.poll()) is not None:
            _fail_ended(name, code)
        with closing(socket.socket()) as client:
            if client.connect_ex((HOST, port)) == 0:
                return
        time.sleep(POLL_INTERVAL)


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
