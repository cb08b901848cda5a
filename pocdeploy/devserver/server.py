"""Run the patched application without Docker: in a virtualenv, on a PostgreSQL that pip brings.

The application gets the same environment variables as in the cluster. All that is made lies in one folder, ``work``:
the patched copy, ``venv``, ``pgdata`` (kept between runs) and ``secrets.json`` (mode 0600). All servers listen on
127.0.0.1 or on a socket only.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from pocdeploy import filelock
from pocdeploy.config import AppSettings
from pocdeploy.devserver.command import server_command
from pocdeploy.devserver.postgres import folder_findings, postgres
from pocdeploy.devserver.setup import HOST, Log, ensure_venv, port_after, port_findings, step
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.source.build_context import prepare

ADMIN_SCRIPT = Path(__file__).resolve().parents[2] / "components" / "frontend" / "scripts" / "ensure_admin.py"
ADMIN_USERNAME, ADMIN_EMAIL = "admin", "admin@example.com"

# Set for another program, they would make this one find the wrong packages, settings or files.
_FOREIGN_VARIABLES = frozenset(
    {
        "DJANGO_SETTINGS_MODULE",
        "GUNICORN_CMD_ARGS",
        "PROMETHEUS_MULTIPROC_DIR",
        "PYTHONHOME",
        "PYTHONPATH",
        "VIRTUAL_ENV",
    }
)
# More than the application's graceful_timeout of 20 s.
_STOP_SECONDS = 25


def _to_stdout(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(
    source: Path,
    patches: Path | None,
    work: Path,
    *,
    app: AppSettings | None = None,
    port: int = 8000,
    metrics_port: int | None = None,
    log: Log = _to_stdout,
) -> None:
    """Serve the application ``source``, patched, on ``http://localhost:<port>/`` until Ctrl-C or SIGTERM.

    A Django project is served by gunicorn, anything else by the CMD of its Dockerfile. ``app`` says what it is called
    with: commands, variables, with a database or without. ``work`` is made if need be and belongs to one run at a time.
    ``metrics_port`` defaults to ``port`` + 1, or a free one if that is taken. ``log`` gets lines of progress; the last
    of them give the URL and the administrator's password, which is generated on the first run.

    Returns after everything has been stopped. Raises PreflightError if a port is in use, ``work`` is in use or cannot
    hold the database, or a package is missing; PatchError as ``prepare`` does; PocdeployError if a step fails.
    """
    source, work, app = source.resolve(), work.resolve(), app or AppSettings()
    findings = [*port_findings(port), *folder_findings(work)]
    if findings:
        raise PreflightError(findings)
    metrics_port = metrics_port or port_after(port)
    work.mkdir(parents=True, exist_ok=True)
    try:
        with _interruptible(), filelock.hold(work / ".running", f"run a server in {work}", timeout=0):
            tree = work / source.name
            applied = prepare(source, tree, patches=patches)
            log(f"{source.name}: {len(applied)} patch{'' if len(applied) == 1 else 'es'} applied")
            command = server_command(tree, port)
            python = ensure_venv(tree / "requirements.txt", work / "venv", log=log)
            kept = _secrets(work / "secrets.json")
            with _database(app, work / "pgdata") as database:
                env = environment(
                    {**app.env, **database}, secret_key=kept["SECRET_KEY"], port=port, metrics_port=metrics_port
                )
                env["PATH"] = os.pathsep.join([str(python.parent), env.get("PATH", os.defpath)])
                _prepare(app, tree, env, password=kept["ADMIN_PASSWORD"], log=log)
                env["PROMETHEUS_MULTIPROC_DIR"] = str(work / "metrics")
                with _running(command, tree, env) as server:
                    _wait_for(command[0], server, port)
                    metrics = f"  (metrics: http://{HOST}:{metrics_port}/metrics)" if app.metrics_port else ""
                    log(f"http://localhost:{port}/{metrics}")
                    if app.database and app.commands.admin:
                        log(f"administrator: {ADMIN_USERNAME}, password: {kept['ADMIN_PASSWORD']}  ({app.admin_path})")
                    log("Ctrl-C stops everything; the data is kept")
                    _fail_if_ended(command[0], server.wait())
    except KeyboardInterrupt:
        log("stopped")


def environment(
    database: Mapping[str, str], *, secret_key: str, port: int, metrics_port: int, base: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Give the environment of the application, as in the cluster: ``base``, ``database`` as ``postgres`` gives it, etc.

    Variables of ``base`` that belong to another Python program are left out.
    """
    return {
        **{key: value for key, value in base.items() if key not in _FOREIGN_VARIABLES},
        **database,
        "SECRET_KEY": secret_key,
        "ALLOWED_HOSTS": f"localhost,{HOST}",
        "CSRF_TRUSTED_ORIGINS": f"http://localhost:{port},http://{HOST}:{port}",
        "LISTEN_ADDRESS": HOST,
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def _database(app: AppSettings, pgdata: Path) -> Iterator[dict[str, str]]:
    """Run the application's database, if it has one; give its variables under the names that the application reads."""
    if app.database is None:
        yield {}
        return
    with postgres(pgdata) as variables:
        names = {str(variable): name for variable, name in app.database_env.items()}
        yield {names.get(variable, variable): value for variable, value in variables.items()}


def _prepare(app: AppSettings, tree: Path, env: Mapping[str, str], *, password: str, log: Log) -> None:
    """Migrate, make the administrator, collect static files; raises PocdeployError."""
    commands = app.commands
    if app.database and commands.migrate:
        log("migrating the database")
        step("migrate", commands.migrate, env, cwd=tree)
    if app.database and commands.admin:
        admin = {"ADMIN_USERNAME": ADMIN_USERNAME, "ADMIN_EMAIL": ADMIN_EMAIL, "ADMIN_PASSWORD": password}
        script = ("python", "manage.py", "shell", "-v", "0", "-c", ADMIN_SCRIPT.read_text("utf-8"))
        command = script if isinstance(commands.admin, str) else commands.admin
        log(step("admin", command, {**env, **admin}, cwd=tree).strip())
    if (tree / "manage.py").is_file():
        step("collectstatic", ("python", "manage.py", "collectstatic", "--noinput"), env, cwd=tree)


@contextmanager
def _running(command: Sequence[str], tree: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run the application's server; stop it at the end of the block."""
    # A session of its own: Ctrl-C comes to this process alone, which then stops all in order.
    server = subprocess.Popen(command, cwd=tree, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_for(name: str, server: subprocess.Popen[bytes], port: int) -> None:
    """Return once ``port`` takes connections; raises PocdeployError if ``server``, called ``name``, ends before."""
    while True:
        if (code := server.poll()) is not None:
            _fail_if_ended(name, code)
        with closing(socket.socket()) as client:
            if client.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)


def _fail_if_ended(name: str, code: int) -> None:
    what = f"ended by itself with exit code {code}; what it said is above"
    raise PocdeployError([Finding(where=name, what=what)])


def _secrets(file: Path) -> dict[str, str]:
    """Give SECRET_KEY and ADMIN_PASSWORD from ``file``, which is generated on first use, for the user alone."""
    if not file.exists():
        text = json.dumps({"SECRET_KEY": secrets.token_urlsafe(48), "ADMIN_PASSWORD": secrets.token_urlsafe(15)})
        new = file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:  # noqa: PTH123
            stream.write(text)
        new.rename(file)
    kept: dict[str, str] = json.loads(file.read_text("utf-8"))
    return kept


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make SIGTERM and SIGHUP (terminal closed) end the block like Ctrl-C, so that nothing is left running."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
