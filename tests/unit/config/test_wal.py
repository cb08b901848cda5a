"""Limits of the write-ahead log: they fit into the volume, and the user's come first."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pocdeploy.config import postgresql, wal
from pocdeploy.config.types import quantity
from pocdeploy.config.wal import Volume, faults, limits

SIZES = ["512Mi", "700Mi", "1G", "1Gi", "2Gi", "4Gi", "8Gi", "20Gi", "1Ti"]


def volume(size: str, *, is_own: bool = False) -> Volume:
    return Volume(quantity(size), is_own)


def total(volume: Volume, given: dict[str, str]) -> Decimal:
    """Return the most WAL that there is, in bytes."""
    sizes = {name: postgresql.size(value) or Decimal(0) for name, value in limits(volume, given).items()}
    return sizes["max_wal_size"] + max(sizes["wal_keep_size"], sizes["max_slot_wal_keep_size"])


def test_limits_of_the_default_volume() -> None:
    assert limits(volume("1Gi"), {}) == {
        "max_wal_size": "128MB",
        "min_wal_size": "32MB",
        "wal_keep_size": "128MB",
        "max_slot_wal_keep_size": "256MB",
    }


def test_large_volumes_have_the_usual_values() -> None:
    assert limits(volume("100Gi"), {}) == {
        "max_wal_size": "1024MB",
        "min_wal_size": "80MB",
        "wal_keep_size": "512MB",
        "max_slot_wal_keep_size": "25600MB",
    }


@pytest.mark.parametrize("is_own", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_wal_takes_a_fixed_part_of_the_volume_at_most(size: str, is_own: bool) -> None:
    used = volume(size, is_own=is_own)

    assert total(used, {}) <= used.size * (Decimal(3) / 4 if is_own else Decimal(3) / 8)
    assert list(faults(used, {})) == []


def test_smallest_volume_for_a_new_database_has_room_for_data() -> None:
    smallest = Volume(wal.MINIMUM, is_own=False)

    assert smallest.size - total(smallest, {}) >= 300 * 2**20


def test_parameters_of_the_user_come_first() -> None:
    given = {"max_wal_size": "300MB", "wal_keep_size": "0"}

    assert limits(volume("1Gi"), given) == {
        "max_wal_size": "300MB",
        "min_wal_size": "75MB",
        "wal_keep_size": "0",
        "max_slot_wal_keep_size": "256MB",
    }
    assert list(faults(volume("1Gi"), given)) == []


@pytest.mark.parametrize(
    ("given", "is_own", "accepted"),
    [
        ({"max_wal_size": "1GB"}, False, "together below storage, 1024MB (here max_wal_size 1GB, wal_keep_size 128MB"),
        ({"max_wal_size": "1GB"}, True, "together below walStorage, 1024MB"),
        ({"wal_keep_size": "900MB"}, False, "together below storage"),
        ({"max_slot_wal_keep_size": "2GB"}, False, "together below storage"),
        ({"min_wal_size": "200MB"}, False, "min_wal_size (200MB) below max_wal_size (128MB)"),
        ({"max_wal_size": "32MB"}, False, "min_wal_size (32MB) below max_wal_size (32MB)"),
    ],
)
def test_limits_beyond_the_volume_are_refused(given: dict[str, str], is_own: bool, accepted: str) -> None:
    (fault,) = faults(volume("1Gi", is_own=is_own), given)

    assert accepted in fault


def test_unlimited_slots_are_a_choice() -> None:
    assert list(faults(volume("1Gi"), {"max_slot_wal_keep_size": "-1"})) == []
