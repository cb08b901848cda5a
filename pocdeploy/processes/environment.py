"""Environment variables of an application without Docker: the same as in the cluster."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from pocdeploy.config import AppSettings
from pocdeploy.config.references import expanded, in_order
from pocdeploy.config.variables import ADMIN_PASSWORD, COMMIT_VARIABLE, DATABASE_URL, SECRET_KEY, STACK_VARIABLE
from pocdeploy.processes.setup import HOST
from pocdeploy.source.commit import last_commit

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
"""Variables for another Python program; with them the application would find wrong packages, settings or files."""


def inherited() -> dict[str, str]:
    """Return the variables of this process, without those for another Python program."""
    return {key: value for key, value in os.environ.items() if key not in _FOREIGN_VARIABLES}


def application_variables(
    database: Mapping[str, str], *, secret_key: str, port: int, metrics_port: int, host: str | None = None
) -> dict[str, str]:
    """Return the variables of an application, with those of its ``database`` as ``postgres`` gives them.

    ``host`` is its name beside localhost.
    """
    hosts = list(dict.fromkeys(["localhost", HOST, *([host] if host else [])]))
    return {
        **database,
        "SECRET_KEY": secret_key,
        "ALLOWED_HOSTS": ",".join(hosts),
        "CSRF_TRUSTED_ORIGINS": ",".join(f"http://{name}:{port}" for name in hosts),
        "LISTEN_ADDRESS": HOST,
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "PYTHONUNBUFFERED": "1",
    }


def identity(stack: str, source: Path, patches: Path | None) -> dict[str, str]:
    """Return the variables that let an application show where it runs, and what."""
    commit = last_commit(source, patches)
    return {STACK_VARIABLE: stack, **({COMMIT_VARIABLE: commit} if commit else {})}


def whole_environment(
    app: AppSettings,
    database: Mapping[str, str],
    *,
    secret_values: Mapping[str, str],
    port: int,
    metrics_port: int,
) -> dict[str, str]:
    """Return the variables of an application as a container of the cluster has them.

    Args:
        app: its settings.
        database: the variables of its database as ``postgres`` gives them; empty without one.
        secret_values: its secret variables, with SECRET_KEY; ADMIN_PASSWORD is left out.
        port: port that it serves on.
        metrics_port: port of its metrics.
    """
    renamed = {str(name): other for name, other in app.database_env.items()}
    own = {renamed.get(name, name): value for name, value in with_url(database).items()} if app.database else {}
    key = secret_values.get(SECRET_KEY, "")
    values = application_variables(own, secret_key=key, port=port, metrics_port=metrics_port, host=app.host)
    values |= {name: value for name, value in secret_values.items() if name not in {ADMIN_PASSWORD, SECRET_KEY}}
    values[app.secret_key_env] = values.pop(SECRET_KEY)
    for name, text in in_order(app.env).items():
        values[name] = _of_socket(expanded(text, values))
    return values


def with_url(database: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a database with DATABASE_URL; its host is the folder of a socket."""
    if not database:
        return {}
    part = {name.removeprefix("DATABASE_").lower(): value for name, value in database.items()}
    place = urlencode({"host": part["host"], "port": part["port"]}, safe="/")
    return {**database, DATABASE_URL: f"postgresql://{part['user']}:{part['password']}@/{part['name']}?{place}"}


def _of_socket(text: str) -> str:
    """Return a URL with the folder of a socket as host in the form that drivers read."""
    return re.sub(r"^([\w+.-]+://[^/@]*@)(/[^:]*):(\d+)/([^?]*)$", r"\1/\4?host=\2&port=\3", text)


def load_secrets(file: Path) -> dict[str, str]:
    """Return SECRET_KEY and ADMIN_PASSWORD from ``file``; generate it on first use, readable for its owner only."""
    if not file.exists():
        text = json.dumps({"SECRET_KEY": secrets.token_urlsafe(48), "ADMIN_PASSWORD": secrets.token_urlsafe(15)})
        new = file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:  # noqa: PTH123
            stream.write(text)
        new.rename(file)
    stored: dict[str, str] = json.loads(file.read_text("utf-8"))
    return stored
