"""Restore a database to a moment: a copy beside it first, then what differs, and only then its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pocdeploy.errors import Finding
from pocdeploy.kube.client import CLUSTERS, KubeClient
from pocdeploy.stacks.backups import copies, rows, sql, switch
from pocdeploy.stacks.backups.archive import Archive, moment, shown
from pocdeploy.stacks.backups.errors import BackupError

LATEST = "latest"


@dataclass(frozen=True, kw_only=True)
class Restore:
    """One restore of the database of an application."""

    api: KubeClient
    app: str
    """Application whose database is restored."""
    archive: Archive
    """Archive of the cluster that has the database: its own one, or that of another application."""
    at: datetime | None
    """Moment; None for all that is archived."""
    log: Callable[[str], None]

    @property
    def owner(self) -> str:
        """Application that has the cluster."""
        return self.archive.app

    @property
    def copy(self) -> str:
        """Name of the temporary cluster."""
        return f"{self.owner}-db-restore"

    def prepare(self, name: str | None = None) -> float:
        """Create the copy, without the rests of an interrupted restore; return the seconds that it took."""
        live = self.api.get(f"{CLUSTERS.format(self.owner)}/{self.owner}-db")
        switch.reopen(self.api, self.owner, self.app)
        until = sql.flush(self.api, self.owner)
        self.log(f"{self.owner}: everything until {until} is archived")
        if self.at and self.at > (moment(until) or self.at):
            raise _refused(self.archive, shown(self.at), f"the clock of the database says {until}")
        if name is None and copies.remove(self.api, self.owner, self.copy):
            self.log(f"{self.copy}: removed, an interrupted restore had left it")
        self.log(f"{name or self.copy}: restoring {self.archive.server} to {shown(self.at) if self.at else LATEST}")
        return copies.create(self.api, live, name or self.copy, database=self.app, at=self.at)

    def differences(self) -> list[str]:
        """Return a line for each table whose number of rows differs between now and then."""
        now, then = (self._rows(cluster) for cluster in (f"{self.owner}-db", self.copy))
        return list(rows.differences(now, then))

    def put_in_place(self) -> str:
        """Let the application use the restored contents; return the name under which the old database stays."""
        new = switch.load(self.api, self.owner, self.app, self.copy)
        return switch.switch(self.api, self.owner, self.app, new, now=datetime.now(UTC))

    def clean_up(self) -> None:
        """Remove the copy."""
        copies.remove(self.api, self.owner, self.copy)

    def _rows(self, cluster: str) -> Mapping[str, int]:
        return rows.count(lambda statement: sql.run(self.api, self.owner, cluster, statement, database=self.app))


def target(text: str, archive: Archive) -> datetime | None:
    """Return the moment to restore; None for the latest. Whether it is past is up to the clock of the database.

    Raises:
        BackupError: it is no moment, or not one that the archive has.
    """
    at = None
    if text != LATEST:
        try:
            at = moment(text)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise _refused(archive, text, "not a moment with an offset, or the word latest")
    if archive.first is None or (at and at < archive.first):
        raise _refused(archive, text, "the archive does not have this moment")
    return at


def _refused(archive: Archive, text: str, what: str) -> BackupError:
    example = shown(archive.first or datetime.now(UTC))
    return BackupError(
        [
            Finding(
                where=f"{archive.app}: --to",
                what=what,
                actual=text,
                expected=f"latest, or a moment such as {example}; can be restored: {archive.window}",
                fix="pocdeploy backups",
            )
        ]
    )
