"""Where a stack keeps its backups, and how often a database is backed up."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from pocdeploy import versions
from pocdeploy.config.cron import Schedule
from pocdeploy.config.types import Change, HttpUrl, ImageName, Model, invalid, matches

Retention = Annotated[str, matches(r"[1-9]\d{0,3}[dwm]", "a number of days, weeks or months, for example 7d, 4w or 3m")]
Bucket = Annotated[
    str,
    matches(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of an S3 bucket, without s3://, for example acme-backups"),
]
Prefix = Annotated[
    str, matches(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", "a path in the bucket without / at its ends, for example shop")
]
Region = Annotated[str, matches(r"[a-z0-9-]{2,32}", "a region, for example eu-central-1")]


class DatabaseBackup(Model):
    """Base backups of a database; its write-ahead log is archived all the time."""

    schedule: Schedule = "0 3 * * *"
    """When a base backup is made: a line of cron, in UTC."""
    retention: Retention | None = None
    """For how long any moment can be restored; default: `7d` in the local store, `30d` in S3."""


class Backups(Model):
    """Store of the backups of all databases of a stack."""

    store: Literal["none", "local", "s3"] = "none"
    """`local`, a container beside a Kind cluster; `s3`, a bucket; or `none`; default: `local` on Kind, elsewhere
    `none`."""
    drill: Schedule | None = "0 4 * * 0"
    """When a moment of each database is restored and compared, a line of cron in UTC; `null` for never."""
    image: ImageName = versions.VERSITYGW_IMAGE
    """Image of the local store."""
    bucket: Bucket | None = None
    """Bucket of the store s3, which has to exist; default on EKS: one that is created, docs/backups.md."""
    prefix: Prefix | None = None
    """Path in the bucket, of this stack alone; default: the stack's name."""
    region: Region | None = None
    """Region of the bucket."""
    endpoint: HttpUrl | None = None
    """URL of another S3 service; default: that of AWS."""

    @model_validator(mode="after")
    def _only_s3_has_a_bucket(self) -> Backups:
        given = [name for name in ("bucket", "prefix", "region", "endpoint") if getattr(self, name) is not None]
        if self.store != "s3" and given:
            accepted = f"no {', '.join(given)} with the store {self.store}: they belong to s3"
            tries: list[Change] = [dict.fromkeys(given), {"store": "s3"}]
            raise invalid(accepted, at=given, tries=tries)
        return self

    @property
    def default_retention(self) -> str:
        """Retention of databases that have none set."""
        return "7d" if self.store == "local" else "30d"


def _false_is_none(value: Any) -> Any:
    return None if value is False else value


OptionalBackup = Annotated[DatabaseBackup | None, BeforeValidator(_false_is_none)]
