"""The error of all commands about backups."""

from __future__ import annotations

from pocdeploy import fixes
from pocdeploy.errors import ExitCode, Finding, PocdeployError


class BackupError(PocdeployError):
    """A backup cannot be made, listed or restored."""

    headline = "The backup cannot be used; the database was not changed"
    exit_code = ExitCode.FAILED


def no_backups(app: str, stack: str) -> BackupError:
    """Return the error about a database without backups."""
    return BackupError(
        [
            Finding(
                where=f"pocdeploy:apps.{app}.database",
                what="this database has no backups",
                expected="a store of backups (docs/backups.md)",
                fix=f"{fixes.set_value('backups.store', 'local')} && make up STACK={stack}",
            )
        ]
    )
