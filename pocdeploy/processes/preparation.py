"""What is run before an application serves: migrations, its administrator, static files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pocdeploy.config import AppSettings
from pocdeploy.processes.setup import step

ADMIN_SCRIPT = Path("components", "frontend", "scripts", "ensure_admin.py")
"""Below the project."""


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
        step("migrate", commands.migrate, env, cwd=tree)
    if app.database and commands.admin:
        admin = {
            "ADMIN_USERNAME": app.admin.username,
            "ADMIN_EMAIL": app.admin.email,
            "ADMIN_PASSWORD": password,
        }
        shell = ("python", "manage.py", "shell", "-v", "0", "-c")
        command = (*shell, admin_script.read_text("utf-8")) if isinstance(commands.admin, str) else commands.admin
        log(step("admin", command, {**env, **admin}, cwd=tree).strip())
    if (tree / "manage.py").is_file():
        step("collectstatic", ("python", "manage.py", "collectstatic", "--noinput"), env, cwd=tree)


def database_variables(app: AppSettings, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a database under the names that the application reads."""
    names = {str(variable): name for variable, name in app.database_env.items()}
    return {names.get(variable, variable): value for variable, value in variables.items()}
