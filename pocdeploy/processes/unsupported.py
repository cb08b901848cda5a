"""Settings that processes of a machine cannot follow, and that must not be ignored."""

from __future__ import annotations

from collections.abc import Mapping

from pocdeploy import fixes
from pocdeploy.config import AppSettings
from pocdeploy.config.variables import SECRET_KEY
from pocdeploy.errors import Finding


def findings(apps: Mapping[str, AppSettings]) -> list[Finding]:
    """Return a finding for each setting of the applications that only a cluster can follow."""
    return [
        Finding(
            where=f"pocdeploy:apps.{name}.{key}",
            what="is not possible for processes of this machine",
            expected="a cluster, or a stack without this key",
            fix=fixes.unset(f"apps.{name}.{key}"),
        )
        for name, app in apps.items()
        for key, is_set in _only_in_a_cluster(app).items()
        if is_set
    ]


def _only_in_a_cluster(app: AppSettings) -> dict[str, bool]:
    return {
        "database.recovery": bool(app.database and app.database.recovery),
        "image": app.image is not None,
        "context": app.context is not None,
        "command": app.command is not None,
        "args": app.args is not None,
        "processes": bool(app.processes),
        "cron": bool(app.cron),
        "secretKeyEnv": app.secret_key_env != SECRET_KEY,
        "connections.apps": bool(app.connections.apps),
        "volumes": bool(app.volumes),
        "cache": app.cache is not None,
        "webServer": app.web_server is not None,
    }
