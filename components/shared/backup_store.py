"""BackupStore: where the databases of a stack keep their backups, as facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi


@dataclass(frozen=True, kw_only=True)
class BackupStore:
    """An S3 service with a bucket, and how to reach it from the pods of a database."""

    bucket: pulumi.Input[str]
    """Name of the bucket."""
    prefix: str = ""
    """Path in the bucket that belongs to this stack."""
    endpoint: str | None = None
    """URL of the service; None for that of AWS."""
    region: str | None = None
    """Region of the bucket; None if the service has none."""
    credentials: Mapping[str, pulumi.Input[str]] | None = None
    """``accessKeyId`` and ``secretAccessKey``; None if the pods have a role that may use the bucket."""
    retention: str = "30d"
    """For how long backups are kept, unless a database has its own setting."""
    owner: str = ""
    """Identity of the stack, if the store can have the backups of others, too; it is checked before it is used."""
    plugin_namespace: str | None = None
    """Namespace of the plugin, if this stack installs it: it then gets its rights from the stack, too."""
    resources: Sequence[pulumi.Resource] = ()
    """Resources that must exist before a database uses it."""

    def path(self, prefix: str | None = None) -> pulumi.Input[str]:
        """Return the folder of a stack's backups: that of this stack, or of another one by its ``prefix``."""
        folder = (self.prefix if prefix is None else prefix).strip("/")
        rest = f"/{folder}{'/' if folder else ''}"
        if isinstance(self.bucket, str):
            return f"s3://{self.bucket}{rest}"
        return pulumi.Output.concat("s3://", self.bucket, rest)

    @property
    def port(self) -> int:
        """Port of the service."""
        url = urlsplit(self.endpoint or "https://")
        return url.port or {"http": 80, "https": 443}[url.scheme]
