"""Check that every database is archived, and when it was backed up last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pocdeploy import fixes
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.monitoring.alerts.database import BACKUP_HOURS, DRILL_DAYS
from pocdeploy.stacks.backups import archive

GUIDE = "docs/backups.md"


def backups(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the archive of each database; say it if the stack keeps no backups."""
    settings = context.settings
    apps = [name for name in context.awake if settings.apps[name].own_database]
    if settings.backups.store == "none":
        if apps:
            fix = fixes.set_value("backups.store", "local")
            yield warn("backups", f"no backups of {', '.join(apps)}", why=f"a mistake is final ({GUIDE})", fix=fix)
        return
    for app in apps:
        database = settings.apps[app].own_database
        if database is None or database.backup is None:
            yield warn("backups", f"no backups of {app}", why="a mistake is final", fix=_set(app))
        else:
            yield _of(context, app)
            yield from _drill(context, app)


def _set(app: str) -> str:
    return fixes.unset(f"apps.{app}.database.backup")


def _of(context: ValidationContext, app: str) -> CheckResult:
    found = archive.read(context.api, app)
    make = f"make backup STACK={context.stack} APP={app}"
    if found is None:
        return fail("backups", f"{app}: the database does not archive", fix=f"make up STACK={context.stack}")
    if found.first is None or found.last_good is None:
        return fail("backups", f"{app}: there is no base backup yet", why="nothing can be restored", fix=make)
    age = datetime.now(UTC) - found.last_good
    said = f"{app}: last backup {archive.shown(found.last_good)}, can be restored {found.window}"
    if age > timedelta(hours=BACKUP_HOURS):
        return warn("backups", said, why=f"it is older than {BACKUP_HOURS} hours", fix=make)
    return ok("backups", said)


def _drill(context: ValidationContext, app: str) -> Iterator[CheckResult]:
    """Check when a restore was proved last; a good drill recreates its record."""
    name = f"{app}-db-drill"
    planned = context.api.get_or_none(f"/apis/batch/v1/namespaces/{app}/cronjobs/{name}")
    if planned is None:
        return
    record = context.api.get_or_none(f"/api/v1/namespaces/{app}/configmaps/{name}")
    last = archive.moment(record["metadata"]["creationTimestamp"]) if record else None
    since = last or archive.moment(planned["metadata"]["creationTimestamp"])
    said = f"{app}: last good drill {archive.shown(last)}"
    if since and datetime.now(UTC) - since > timedelta(days=DRILL_DAYS):
        make = f"make restore-drill STACK={context.stack} APP={app}"
        yield warn("backups", said, why=f"it is older than {DRILL_DAYS} days", fix=make)
    else:
        yield ok("backups", said)
