"""The deployed databases of a stack, and the settings that follow from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pocdeploy import versions
from pocdeploy.config import Database, Settings
from pocdeploy.config.database import image_major
from pocdeploy.config.types import quantity
from pocdeploy.stacks.deployed import Deployed

_JOB, _RECORD = "kubernetes:batch/v1:Job", "kubernetes:core/v1:ConfigMap"


@dataclass(frozen=True, kw_only=True)
class DeployedDatabase:
    """The database of an application in the stack's last state."""

    spec: Mapping[str, Any]
    """Spec of its Cluster."""
    settings: Mapping[str, Any]
    """Settings with which the gate has seen it in force; empty if it never has."""
    is_masked: bool
    """Whether it began as a copy and the Job that masks it has succeeded."""
    operator: str | None = None
    """Version of the operator's chart when the gate saw it, if the stack has installed the operator."""

    @property
    def major(self) -> int | None:
        """Major version of PostgreSQL, if it is known."""
        return image_major(str(self.spec.get("imageName", ""))) or self.settings.get("version")

    @property
    def image(self) -> str:
        """Image of its instances."""
        return str(self.spec.get("imageName", ""))

    def volume(self, kind: str) -> str | None:
        """Return the size of ``storage`` or ``walStorage``; None if it has no such volume."""
        size = (self.spec.get(kind) or {}).get("size")
        return str(size) if size else None

    def has_other_parameters(self, database: Database) -> bool:
        """Return whether ``database`` adds, changes or removes a parameter."""
        there = (self.spec.get("postgresql") or {}).get("parameters") or {}
        wanted = database.all_parameters
        removed = set(self.settings.get("parameters") or {}) - wanted.keys()
        return bool(removed) or any(there.get(name) != value for name, value in wanted.items())


def find(deployed: Deployed, app: str) -> DeployedDatabase | None:
    """Return the deployed database of an application; None if it has none."""
    spec = deployed.database(app)
    if spec is None:
        return None
    record, mask = deployed.find(_RECORD, f"{app}-db-verified"), deployed.find(_JOB, f"{app}-db-mask")
    data = record.outputs.get("data") or {} if record else {}
    return DeployedDatabase(
        spec=spec,
        settings=json.loads(data.get("specification") or "{}"),
        operator=data.get("operator"),
        is_masked=bool(mask and (mask.outputs.get("status") or {}).get("succeeded")),
    )


def both(settings: Settings, deployed: Deployed) -> Iterator[tuple[str, Database, DeployedDatabase]]:
    """Yield application, settings and deployed database, for each that has both."""
    for name, app in settings.apps.items():
        there = find(deployed, name)
        if app.own_database and there:
            yield name, app.own_database, there


def keep(settings: Settings, deployed: Deployed) -> Settings:
    """Return the settings with the deployed major version where none is set, and with the image that can be deployed.

    CloudNativePG refuses another image together with other parameters, because a switchover happens between the two.
    Then the parameters come first, and the next `up` deploys the default image.
    """
    apps = dict(settings.apps)
    for name, database, there in both(settings, deployed):
        change: dict[str, Any] = {}
        is_free = not {"version", "image"} & database.model_fields_set
        if is_free and there.major in versions.POSTGRESQL_IMAGES:
            change["version"] = there.major
        kept = database.model_copy(update=change)
        if kept.image is None and kept.version == there.major and there.has_other_parameters(kept):
            change["image"] = there.image
        if change:
            apps[name] = apps[name].model_copy(update={"database": database.model_copy(update=change)})
    return settings.model_copy(update={"apps": apps}) if apps != settings.apps else settings


def postponed(asked: Settings, kept: Settings) -> Iterator[str]:
    """Yield a line for each default image that ``keep`` leaves to the next `up`."""
    for name, app in kept.apps.items():
        before = asked.apps[name].own_database
        if app.own_database and app.own_database.image and before and before.image is None:
            newer = versions.POSTGRESQL_IMAGES[app.own_database.version]
            yield f"{name}: the parameters of the database change now; the next `up` deploys its image {newer}"


def major_upgrade(database: Database, there: DeployedDatabase | None) -> tuple[int, int] | None:
    """Return the major versions before and after an upgrade; None if the version stays."""
    before = there.major if there else None
    return (before, database.version) if before is not None and before < database.version else None


def growing(database: Database, there: DeployedDatabase | None) -> dict[str, tuple[str, str]]:
    """Return ``storage`` or ``walStorage`` -> size before and after, for the volumes that are to grow."""
    return {kind: sizes for kind, sizes in resized(database, there) if quantity(sizes[1]) > quantity(sizes[0])}


def resized(database: Database, there: DeployedDatabase | None) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield ``storage`` or ``walStorage`` -> size before and after, for the volumes whose size differs."""
    for kind, after in (("storage", database.storage), ("walStorage", database.wal_storage)):
        before = there.volume(kind) if there else None
        if before and after and quantity(before) != quantity(after):
            yield kind, (before, after)


def locale_of(spec: Mapping[str, Any]) -> str | None:
    """Return the locale of a database by the spec of its Cluster; None for a copy, which has that of its source."""
    initdb = (spec.get("bootstrap") or {}).get("initdb")
    if initdb is None:
        return None
    return str(initdb.get("builtinLocale") or initdb.get("icuLocale") or initdb.get("localeCType") or "C")
