"""Environment variables of an application without Docker: the same as in the cluster."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pocdeploy.config.variables import COMMIT_VARIABLE, STACK_VARIABLE
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
