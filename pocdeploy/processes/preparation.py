"""What is run before an application serves: migrations, its administrator, static files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pocdeploy.config import AppSettings
from pocdeploy.processes import postgres
from pocdeploy.processes.command import with_values
from pocdeploy.processes.setup import step

ADMIN_SCRIPT = Path("components", "frontend", "scripts", "ensure_admin.py")
"""Below the project."""
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


def prepare_application(
    app: AppSettings,
    tree: Path,
    env: Mapping[str, str],
    *,
    admin_script: Path,
    password: str,
    log: Callable[[str], None],
) -> None:
    """Migrate the database, create the administrator, collect static files; raises PocdeployError."""
    commands = app.commands
    if app.database and commands.migrate:
        log("migrating the database")
        step("migrate", with_values(commands.migrate, env), env, cwd=tree)
    if app.database and commands.admin:
        admin = {
            "ADMIN_USERNAME": app.admin.username,
            "ADMIN_EMAIL": app.admin.email,
            "ADMIN_PASSWORD": password,
        }
        shell = ("python", "manage.py", "shell", "-v", "0", "-c")
        command = (
            (*shell, admin_script.read_text("utf-8"))
            if isinstance(commands.admin, str)
            else with_values(commands.admin, env)
        )
        log(step("admin", command, {**env, **admin}, cwd=tree).strip())
    if (tree / "manage.py").is_file():
        step("collectstatic", ("python", "manage.py", "collectstatic", "--noinput"), env, cwd=tree)


def warn_if_empty(app: AppSettings, pgdata: Path, log: Callable[[str], None]) -> None:
    """Say that a migration made no table in PostgreSQL, as with settings that fall back to SQLite."""
    server = postgres.find(pgdata)
    if server and server.ask(_TABLES, database=postgres.DATABASE) == "0":
        given = ", ".join([*sorted(app.database_variables), str(app.database_url)])
        log(f"warn  PostgreSQL is still empty after the migration; does it use SQLite? It gets {given}")
