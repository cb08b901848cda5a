"""Settings that processes of a machine cannot follow, and that must not be ignored."""

from __future__ import annotations

from collections.abc import Mapping

from pocdeploy import fixes
from pocdeploy.config import AppSettings
from pocdeploy.errors import Finding


def left_out(app: AppSettings) -> list[str]:
    """Return a line for each setting that `make dev` goes on without."""
    lines = {
        "cron": bool(app.cron),
        "volumes": bool(app.volumes),
        "cache": app.cache is not None,
        "webServer": app.web_server is not None,
        "connections.apps": bool(app.connections.apps),
    }
    own = {"cache": "; set REDIS_URL for this command if it needs one", "cron": "; run its commands by hand"}
    return [
        f"warn  {key} needs a cluster, and is left out here{own.get(key, '')}" for key, given in lines.items() if given
    ]


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
        "connections.apps": bool(app.connections.apps),
        "volumes": bool(app.volumes),
        "cache": app.cache is not None,
        "webServer": app.web_server is not None,
    }
