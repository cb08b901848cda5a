"""Directories that an application can write: empty ones of each pod, and volumes that outlive it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from pocdeploy.config.types import DnsName, Model, Storage, invalid

TMP = "/tmp"  # noqa: S108 -- of the container
_SYSTEM = (
    "/bin",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/run/secrets",
    "/sbin",
    "/sys",
    "/usr",
    "/var/run/secrets",
)


def _directory(value: str) -> str:
    if not value.startswith("/") or posixpath.normpath(value) != value or ":" in value or value.startswith("//"):
        raise invalid("an absolute path without .. and without / at its end, for example /app/media")
    if value in {"/", TMP} or any(value == top or value.startswith(f"{top}/") for top in _SYSTEM):
        raise invalid("a directory of the application, for example /app/media (/tmp is writable anyway)")
    return value


Directory = Annotated[str, AfterValidator(_directory)]


class Volume(Model):
    """A volume that outlives the pods, for example for uploaded files."""

    path: Directory
    """Where it is mounted in every container of the application."""
    size: Storage
    """Its size. It cannot shrink, and grows only where the StorageClass allows it."""
    storage_class: DnsName | None = None
    """StorageClass of a new volume; default: that of the databases."""
    shared: Annotated[bool, Field(strict=True)] = False
    """Whether several nodes can mount it (ReadWriteMany). Otherwise one pod serves, and is stopped for an update."""


def overlaps(paths: Iterable[str]) -> Iterator[str]:
    """Yield each of the mounted directories that is given twice, or is inside of another one."""
    seen: list[str] = []
    for path in sorted(paths):
        for other in seen:
            if path == other:
                yield f"{path} is there twice"
            elif path.startswith(f"{other}/"):
                yield f"{path} is inside of {other}"
        seen.append(path)
