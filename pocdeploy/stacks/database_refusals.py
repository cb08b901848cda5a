"""Changes of a database's settings that the deployed database cannot follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pocdeploy import fixes
from pocdeploy.config import Database, KindSettings, Settings, wal
from pocdeploy.config.types import quantity
from pocdeploy.errors import Finding
from pocdeploy.stacks import backup_servers
from pocdeploy.stacks.databases import DeployedDatabase, both, find, growing, locale_of, resized
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.facts import Facts

GUIDE = "docs/database.md"
OLDEST_UPGRADE = 16
"""First major version that CloudNativePG upgrades to."""


@dataclass(frozen=True)
class _Change:
    """The settings of a deployed database."""

    app: str
    database: Database
    there: DeployedDatabase
    kubectl: str
    """Command for the stack's cluster."""

    def key(self, name: str) -> str:
        return f"pocdeploy:apps.{self.app}.database.{name}"


def refusals(settings: Settings, deployed: Deployed, facts: Facts) -> Iterator[Finding]:
    """Yield what the settings ask of a database and is not possible."""
    for name, database, there in both(settings, deployed):
        change = _Change(name, database, there, _kubectl(settings))
        yield from _volumes(change, is_expandable=can_grow(settings, there, facts))
        yield from _version(change)
        yield from _recovery(change)
        yield from _locale(change)
    for name, app in settings.apps.items():
        if app.own_database and find(deployed, name) is None and quantity(app.own_database.storage) < wal.MINIMUM:
            yield Finding(
                where=f"pocdeploy:apps.{name}.database.storage",
                what="the volume is too small for a new database and its write-ahead log",
                actual=app.own_database.storage,
                expected="512Mi or more",
                fix=_set(f"pocdeploy:apps.{name}.database.storage", "1Gi"),
            )


def _set(key: str, value: object) -> str:
    return fixes.set_value(key, value)


def _dump(app: str, kubectl: str) -> str:
    """Return the command that copies a database into a file."""
    execute = f"{kubectl} --namespace {app} exec service/{app}-db-rw -c postgres"
    return f"{execute} -- pg_dump --format=custom --schema=public {app} >{app}.dump"


def _kubectl(settings: Settings) -> str:
    if isinstance(settings.cluster, KindSettings):
        # The file of a Kind cluster is not the default one of kubectl.
        return f"docker exec {settings.cluster.name}-control-plane kubectl --kubeconfig /etc/kubernetes/admin.conf"
    return "kubectl"


def _volumes(change: _Change, *, is_expandable: bool | None) -> Iterator[Finding]:
    database, there = change.database, change.there
    if there.volume("walStorage") and database.wal_storage is None:
        yield Finding(
            where=change.key("walStorage"),
            what="the volume of the write-ahead log cannot be removed",
            actual="none",
            expected=there.volume("walStorage"),
            fix=_set(change.key("walStorage"), there.volume("walStorage")),
        )
    grown = growing(database, there)
    for kind, (before, after) in resized(database, there):
        if kind not in grown:
            yield Finding(
                where=change.key(kind),
                what="a volume cannot shrink",
                actual=f"{after}, deployed is {before}",
                expected=f"{before} or more, or a new database of that size ({GUIDE})",
                fix=_set(change.key(kind), before),
            )
        elif is_expandable is False:
            yield cannot_grow(change.app, kind, before, after, kubectl=change.kubectl)


def cannot_grow(app: str, kind: str, before: str, after: str, *, kubectl: str = "kubectl") -> Finding:
    """Return the finding about a volume whose StorageClass does not let it grow."""
    return Finding(
        where=f"pocdeploy:apps.{app}.database.{kind}",
        what="the StorageClass of this volume does not allow it to grow",
        actual=f"{after}, deployed is {before}",
        expected=f"{before}; more needs a new database with a copy of the data ({GUIDE}; fix: the first step)",
        fix=_dump(app, kubectl),
    )


def can_grow(settings: Settings, there: DeployedDatabase, facts: Facts) -> bool | None:
    """Return whether the StorageClass of a database's volumes allows them to grow; None if it is not known."""
    if isinstance(settings.cluster, KindSettings):
        return False  # its class, `standard`, is a directory of the node
    if facts.inventory is None:
        return None
    name = (there.spec.get("storage") or {}).get("storageClass")
    classes = facts.inventory.storage_classes
    name = name or next((it for it, is_default in classes.items() if is_default), None)
    return name in facts.inventory.expandable if name in classes else None


def _version(change: _Change) -> Iterator[Finding]:
    database, there = change.database, change.there
    before, after = there.major, database.version
    if before is None:
        return
    if after < before:
        yield Finding(
            where=change.key("version"),
            what="PostgreSQL cannot read the files of a newer major version",
            actual=f"{after}, deployed is {before}",
            expected=f"{before} or more, or a new database of version {after} ({GUIDE})",
            fix=_set(change.key("version"), before),
        )
    elif before < after < OLDEST_UPGRADE:
        yield Finding(
            where=change.key("version"),
            what=f"CloudNativePG upgrades to PostgreSQL {OLDEST_UPGRADE} and newer versions only",
            actual=f"{after}, deployed is {before}",
            expected=f"{before}, or {OLDEST_UPGRADE} and more",
            fix=_set(change.key("version"), OLDEST_UPGRADE),
        )
    elif database.image_name != there.image and there.has_other_parameters(database):
        is_version = after != before
        yield Finding(
            where=change.key("version" if is_version else "image"),
            what="CloudNativePG refuses another image and other parameters in one step",
            actual=f"{database.image_name}, deployed is {there.image}, and parameters differ",
            expected="the parameters first, then the image (other storage changes parameters, too)",
            fix=f"{_set(change.key('version'), before)} && make up"
            if is_version and database.image is None
            else f"{_set(change.key('image'), there.image)} && make up",
        )


def _recovery(change: _Change) -> Iterator[Finding]:
    """Yield a finding for a recovery that is not the one with which the database was created.

    Its mask would run on live data. A database that was in force without the setting holds live data, too.
    """
    database, there = change.database, change.there
    if database.recovery is None:
        return
    before = (there.spec.get("bootstrap") or {}).get("recovery") or {}
    used = backup_servers.origin(there.spec)
    used = used or (before.get("backup") or before.get("volumeSnapshots", {}).get("storage") or {}).get("name")
    was_set = not there.settings or there.settings.get("recovery") is not None
    source = database.recovery.source
    if used != source.rpartition("/")[2] or not was_set:
        yield Finding(
            where=change.key("recovery"),
            what="a database begins as a copy only when it is created, and this one exists",
            actual=f"{source}, deployed is {f'a copy of {used}' if used else 'a database of its own'}",
            expected="no recovery, or a new application with it",
            fix=fixes.unset(change.key("recovery")),
        )


def _locale(change: _Change) -> Iterator[Finding]:
    before, after = locale_of(change.there.spec), change.database.locale
    if after is not None and before is not None and after != before:
        yield Finding(
            where=change.key("locale"),
            what="the locale of a database cannot change",
            actual=f"{after}, deployed is {before}",
            expected=f"{before}; another needs a new database with a copy of the data ({GUIDE}; fix: the first step)",
            fix=_dump(change.app, change.kubectl),
        )
