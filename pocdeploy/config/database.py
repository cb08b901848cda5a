"""The database of an application."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel

from pocdeploy import versions
from pocdeploy.config import keys, postgresql, wal
from pocdeploy.config.backups import DatabaseBackup, OptionalBackup
from pocdeploy.config.resources import Resources, default_resources
from pocdeploy.config.types import (
    AppName,
    Change,
    DnsName,
    FilePath,
    ImageName,
    Model,
    Renamed,
    Storage,
    invalid,
    matches,
    quantity,
)

LOCALE = r"C|C\.UTF-8|[a-z]{2,8}(-[A-Za-z0-9]{1,8})*"
"""Locales of PostgreSQL itself, and language tags (https://www.rfc-editor.org/info/bcp47) of the library ICU."""
ParameterName = Annotated[
    str, matches(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?", "a PostgreSQL parameter, for example max_connections")
]


def _text(value: Any) -> Any:
    """Return a number or a boolean of YAML as PostgreSQL writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, int | float) else value


ParameterValue = Annotated[str, BeforeValidator(_text)]


def _time(value: Any) -> Any:
    """Return a time of YAML, which can be a datetime, as text in RFC 3339."""
    return value.isoformat() if isinstance(value, datetime) else value


TargetTime = Annotated[
    str,
    BeforeValidator(_time),
    matches(
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
        "a time with its offset, for example 2026-01-31T14:00:00Z",
    ),
]
ServerName = Annotated[
    str,
    matches(
        r"([A-Za-z0-9_.-]+/)*[a-z0-9][a-z0-9-]+-\d{8}-\d{6}",
        "a name that `pocdeploy backups` shows, for example shop-db-20260131-140000",
    ),
]


class Recovery(Model):
    """Copy of another database, as the first content of this one."""

    from_: ServerName | None = Field(None, alias="from")
    """Start as a copy of this archive in the store of backups; with the prefix of another stack before it, of that
    stack's: docs/backups.md#into-a-new-stack."""
    target_time: TargetTime | None = None
    """Moment of that archive, for example `2026-01-31T14:00:00Z`; default: the newest."""

    backup: DnsName | None = None
    """Start as a masked copy of this Backup of CloudNativePG, in the application's namespace:
    docs/pull-requests.md#a-masked-copy."""
    volume_snapshot: DnsName | None = None
    """The same, from a VolumeSnapshot."""
    mask: Annotated[FilePath, matches(r".+", "the path of a file with SQL, for example mask.sql")] | None = None
    """SQL file that masks the copy; runs once before the migrations, as the owner of the database. Only a copy of this
    stack's own backups needs none."""

    @property
    def source(self) -> str:
        """Name of what is copied."""
        return str(self.from_ or self.backup or self.volume_snapshot)

    @model_validator(mode="after")
    def _one_source(self) -> Recovery:
        sources = {"from": self.from_, "backup": self.backup, "volumeSnapshot": self.volume_snapshot}
        given = [name for name, value in sources.items() if value is not None]
        if len(given) != 1:
            accepted = "exactly one of from, backup and volumeSnapshot, for example shop-db-20260101"
            tries = [{other: None for other in given if other != name} for name in given]
            raise invalid(accepted, at=given or ["backup"], tries=tries or [{"backup": "shop-db-20260101"}])
        if self.target_time is not None and self.from_ is None:
            raise invalid("no targetTime without from", key="targetTime", tries=[{"targetTime": None}])
        if self.mask is None and (self.from_ is None or "/" in self.from_):
            accepted = "a mask, for example mask.sql: only a copy from this stack's own backups needs none"
            raise invalid(accepted, key="mask", tries=[{"mask": "mask.sql"}])
        return self


class Database(Model):
    """PostgreSQL cluster of this application, managed by CloudNativePG, or a database in another application's."""

    instances: Annotated[int, Field(ge=1, le=9, strict=True)] = 3
    """Number of instances, 1 to 9: one primary, the others replicas."""
    storage: Storage = "1Gi"
    """Size of each instance's volume, at least `512Mi`. It cannot shrink, and grows only where the StorageClass
    allows it: docs/database.md#storage."""
    wal_storage: Storage | None = None
    """Size of a volume of each instance for the write-ahead log alone; it cannot be removed later."""
    version: Annotated[int, Field(ge=14, le=18, strict=True)] = versions.POSTGRESQL_MAJOR
    """PostgreSQL major version, 14 to 18. Unset, an existing database keeps its own; a higher one upgrades it:
    docs/database.md#versions."""
    image: ImageName | None = None
    """Image of this version; its tag begins with the version; default: CloudNativePG's minimal image, by digest."""
    locale: Annotated[str, matches(LOCALE, "C, C.UTF-8 or a language, for example de-DE or und")] | None = None
    """Case and order of text in a new database, for example `de-DE`: docs/database.md#locale; default: `C.UTF-8`,
    before PostgreSQL 17 `und`, the order of Unicode."""
    parameters: dict[ParameterName, ParameterValue] = {}
    """PostgreSQL parameters, for example `{max_connections: "200"}`; names and values are checked:
    docs/database.md#parameters."""
    resources: Resources = default_resources("100m", "256Mi", "1", "512Mi")
    """Requests and limits of each instance."""
    shared: AppName | None = None
    """Another application, in whose PostgreSQL cluster this database is; excludes all other keys of `database`."""
    backup: OptionalBackup = DatabaseBackup()
    """Backups, if the stack has a store for them: docs/backups.md. `false` for none of this database."""
    recovery: Recovery | None = None

    @property
    def image_name(self) -> str:
        """Image of the database."""
        return self.image or versions.POSTGRESQL_IMAGES[self.version]

    @property
    def locale_name(self) -> str:
        """The locale of a new database."""
        return self.locale or ("und" if self.version in (15, 16) else "C.UTF-8")

    @property
    def all_parameters(self) -> dict[str, str]:
        """The parameters that are set: the user's, and limits of the write-ahead log."""
        return {**wal.limits(self.wal_volume, self.parameters), **self.parameters}

    @property
    def wal_volume(self) -> wal.Volume:
        """The volume with the write-ahead log."""
        return wal.Volume(quantity(self.wal_storage or self.storage), is_own=self.wal_storage is not None)

    @field_validator("parameters")
    @classmethod
    def _parameters_are_accepted(cls, parameters: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        """Refuse what PostgreSQL or the operator's webhook would refuse when half of the stack is changed."""
        version = info.data.get("version", versions.POSTGRESQL_MAJOR)
        for name, value in parameters.items():
            wanted = postgresql.accepted(name, value, version=version) or _by_operator(name, value, info.data)
            if wanted:
                key = keys.written((name,)).removeprefix(keys.PREFIX)
                meant = re.search(r"did you mean (\w+)\?", wanted)
                tries: list[Change] = (
                    [{meant[1]: Renamed(key)}] if meant else [{key: "100"}] if "a number" in wanted else []
                )
                raise invalid(wanted, at=[key], tries=[*tries, {key: None}])
        return parameters

    @model_validator(mode="after")
    def _shared_buffers_fit(self) -> Database:
        value = self.parameters.get("shared_buffers")
        memory = self.resources.requests.memory
        if value and (postgresql.size(value, unit="8kB") or 0) > quantity(memory):
            accepted = f"shared_buffers ({value}) not above the requested memory ({memory})"
            key, quarter = "parameters.shared_buffers", f"{int(quantity(memory) / 4 / 2**20)}MB"
            raise invalid(f"{accepted}, for example {quarter}", at=[key], tries=[{key: quarter}, {key: None}])
        return self

    @model_validator(mode="after")
    def _wal_fits(self) -> Database:
        for wanted in wal.faults(self.wal_volume, self.parameters):
            given = [f"parameters.{name}" for name in self.parameters if name in wal.limits(self.wal_volume, {})]
            raise invalid(wanted, at=given[:1], tries=[*({key: None} for key in given), dict.fromkeys(given)])
        return self

    @model_validator(mode="after")
    def _shared_alone(self) -> Database:
        more = sorted(to_camel(name) for name in self.model_fields_set - {"shared"})
        if self.shared is not None and more:
            accepted = f"only shared: set {', '.join(more)} for {self.shared}, which has the cluster"
            raise invalid(accepted, at=more[:1], tries=[dict.fromkeys(more)])
        return self

    @model_validator(mode="after")
    def _image_has_version(self) -> Database:
        if self.image is None:
            return self
        major = image_major(self.image)
        if major is None:
            accepted = f"an image with the version as its tag, for example :{self.version} ({self.image} has none)"
            name = re.sub(r"(:[^/]*)?(@.*)?$", "", self.image)
            raise invalid(accepted, at=["image"], tries=[{"image": f"{name}:{self.version}"}, {"image": None}])
        if major != self.version:
            accepted = f"an image of PostgreSQL {self.version} (the tag of {self.image} says {major})"
            raise invalid(accepted, at=["image"], tries=[{"version": major}, {"image": None}])
        return self

    @model_validator(mode="after")
    def _locale_is_known(self) -> Database:
        if self.version < 15 and self.locale not in (None, "C", "C.UTF-8"):
            accepted = f"the locale C or C.UTF-8: PostgreSQL {self.version} has no {self.locale}"
            raise invalid(accepted, at=["locale"], tries=[{"locale": "C.UTF-8"}])
        return self


def image_major(image: str) -> int | None:
    """Return the major version of PostgreSQL in the tag of an image; None if there is none."""
    tag = re.search(r":(\d+)[^/]*$", image.partition("@")[0])
    return int(tag[1]) if tag else None


def _by_operator(name: str, value: str, database: Mapping[str, Any]) -> str | None:
    """Return what the operator would accept instead of a parameter that PostgreSQL accepts; None if it accepts it."""
    if name.startswith(postgresql.NOT_IN_MINIMAL_IMAGES) and database.get("image") is None:
        return f"an image with the extension for {name}, which the default one lacks"
    if name == "wal_level" and value.lower() == "minimal":
        return "replica or logical as wal_level: the operator archives and replicates"
    if name == "wal_log_hints" and database.get("instances", 1) > 1 and not postgresql.is_true(value):
        return "on as wal_log_hints: a replica of several instances needs it to follow a new primary"
    if name == "shared_buffers" and value.strip().isdecimal():
        return "shared_buffers with a unit, for example 128MB: operator and PostgreSQL read a bare number differently"
    return None
