"""Limits of the write-ahead log (WAL), derived from the volume that it is on.

PostgreSQL deletes old WAL at the end of a checkpoint, and keeps as much as the larger of two amounts: `wal_keep_size`,
and what disconnected replicas have not read yet, at most `max_slot_wal_keep_size`. Until the next checkpoint ends, it
writes up to `max_wal_size`. So the WAL takes at most

    max(wal_keep_size, max_slot_wal_keep_size) + max_wal_size

(https://www.postgresql.org/docs/current/wal-configuration.html). `max_wal_size` is no hard limit: a checkpoint on a
slow disk can exceed it. Therefore the sum is at most three quarters of a volume for WAL alone, and three eighths of one
that also has the data:

    | Volume       | max_wal_size | wal_keep_size  | max_slot_wal_keep_size | sum |
    |--------------|--------------|----------------|------------------------|-----|
    | WAL alone    | 1/4, <= 1 GB | 1/4, <= 512 MB | 1/2                    | 3/4 |
    | WAL and data | 1/8, <= 1 GB | 1/8, <= 512 MB | 1/4                    | 3/8 |

The upper limits are the defaults of PostgreSQL and CloudNativePG. Without these values, the WAL of a database on the
default volume of 1Gi takes 1 GB with all replicas connected, and grows without limit with one disconnected. A replica
that is disconnected for longer than its WAL is kept has to be created again. All four need a reload, not a restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from pocdeploy.config import postgresql

MINIMUM = Decimal(512 * 2**20)
"""Bytes of the smallest volume for a new database: 192 MB of WAL, and as much for PostgreSQL's own files and data."""
_MB = 2**20
_SMALLEST = 32 * _MB
"""Bytes of two segments of WAL, the least that PostgreSQL keeps."""


class Volume(NamedTuple):
    """A volume with the write-ahead log."""

    size: Decimal
    """Bytes."""
    is_own: bool
    """Whether it has nothing else."""


def limits(volume: Volume, given: Mapping[str, str]) -> dict[str, str]:
    """Return the four limits; those in ``given`` are the user's."""
    room = volume.size if volume.is_own else volume.size / 2
    largest = _user_size("max_wal_size", given) or min(room / 4, Decimal(1024 * _MB))
    derived = {
        "max_wal_size": max(largest, Decimal(_SMALLEST + 16 * _MB)),
        "min_wal_size": min(max(largest / 4, Decimal(_SMALLEST)), Decimal(80 * _MB)),
        "wal_keep_size": min(room / 4, Decimal(512 * _MB)),
        "max_slot_wal_keep_size": room / 2,
    }
    return {name: given.get(name, f"{int(value / _MB)}MB") for name, value in derived.items()}


def faults(volume: Volume, given: Mapping[str, str]) -> Iterator[str]:
    """Yield what would be accepted instead of the user's limits; nothing if they fit into the volume."""
    used = limits(volume, given)
    sizes = {name: postgresql.size(value) or Decimal(0) for name, value in used.items()}
    if sizes["min_wal_size"] >= sizes["max_wal_size"]:
        yield f"min_wal_size ({used['min_wal_size']}) below max_wal_size ({used['max_wal_size']})"
    kept = max(sizes["wal_keep_size"], sizes["max_slot_wal_keep_size"])
    if given.keys() & used.keys() and kept + sizes["max_wal_size"] >= volume.size:
        shown = ", ".join(f"{name} {value}" for name, value in used.items() if name != "min_wal_size")
        name = "walStorage" if volume.is_own else "storage"
        yield (
            f"max_wal_size and the larger of wal_keep_size and max_slot_wal_keep_size together below {name}, "
            f"{int(volume.size / _MB)}MB (here {shown})"
        )


def _user_size(name: str, given: Mapping[str, str]) -> Decimal | None:
    return postgresql.size(given[name]) if name in given else None
