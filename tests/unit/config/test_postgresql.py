"""Parameters of PostgreSQL: accepted and refused as PostgreSQL and CloudNativePG do."""

from __future__ import annotations

import re

import pytest

from pocdeploy.config import postgresql
from tests.settingsdata import PARAMETERS

REFUSED = [
    ("max_conections", "200", "which has no max_conections: did you mean max_connections?"),
    ("max_connections", "many", "for max_connections a number"),
    ("max_connections", "0", "between 1 and 262143"),
    ("max_connections", "100MB", "for max_connections a number"),
    ("work_mem", "8Mi", "a number with B, kB, MB, GB, TB or no unit"),
    ("work_mem", "8 mb", "a number with B, kB"),
    ("work_mem", "3TB", "between 64 and 2147483647 kB"),
    ("shared_buffers", "1 8kB", "a number with B, kB"),
    ("statement_timeout", "5sec", "a number with us, ms, s, min, h, d or no unit"),
    ("statement_timeout", "50d", "between 0 and 2147483647 ms"),
    ("jit", "maybe", "for jit on or off"),
    ("synchronous_commit", "sometimes", "local or off or on or remote_apply or remote_write"),
    ("wal_compression", "brotli", "lz4 or off or on or pglz or zstd"),
    ("checkpoint_completion_target", "1.5", "between 0 and 1"),
    ("random_page_cost", "", "a number"),
    ("archive_command", "/bin/true", "no archive_command: CloudNativePG sets it"),
    ("shared_preload_libraries", "auto_explain", "no shared_preload_libraries: CloudNativePG sets it"),
    ("pg_failover_slots.primary_dsn", "x", "no pg_failover_slots.primary_dsn"),
    ("data_checksums", "on", "has no data_checksums"),
]


@pytest.mark.parametrize(("name", "value"), PARAMETERS.items())
def test_parameters_of_all_types_and_units_are_accepted(name: str, value: str) -> None:
    assert postgresql.accepted(name, value, version=18) is None


def test_accepted_parameters_have_all_types_and_units() -> None:
    known = [postgresql.parameters()[name] for name in PARAMETERS if "." not in name]

    assert len(PARAMETERS) >= 40
    assert {it.kind for it in known} == {"bool", "integer", "real", "enum", "string"}
    assert {it.unit for it in known} == {it.unit for it in postgresql.parameters().values()}


@pytest.mark.parametrize(("name", "value", "expected"), REFUSED, ids=[f"{name}={value}" for name, value, _ in REFUSED])
def test_other_values_are_refused(name: str, value: str, expected: str) -> None:
    assert re.search(re.escape(expected), postgresql.accepted(name, value, version=18) or "accepted")


@pytest.mark.parametrize(
    ("name", "version", "is_known"),
    [
        ("io_method", 17, False),
        ("io_method", 18, True),
        ("old_snapshot_threshold", 16, True),
        ("old_snapshot_threshold", 17, False),
        ("transaction_timeout", 16, False),
        ("transaction_timeout", 17, True),
        ("wal_keep_size", 14, True),
        ("archive_library", 14, False),
    ],
)
def test_names_depend_on_the_major_version(name: str, version: int, is_known: bool) -> None:
    value = {"io_method": "worker", "archive_library": ""}.get(name, "60")

    assert (postgresql.accepted(name, value, version=version) is None) == is_known


@pytest.mark.parametrize(
    ("value", "size"), [("1GB", 2**30), ("64", 64 * 2**20), ("16kB", 2**14), ("1.5 MB", 3 * 2**19), ("-1", -(2**20))]
)
def test_size_is_read_as_by_postgresql(value: str, size: int) -> None:
    assert postgresql.size(value) == size


@pytest.mark.parametrize("value", ["1Gi", "much", ""])
def test_other_text_is_no_size(value: str) -> None:
    assert postgresql.size(value) is None


@pytest.mark.parametrize(
    ("value", "is_true"), [("on", True), ("TRUE", True), ("1", True), ("off", False), ("0", False)]
)
def test_booleans_are_read_as_by_postgresql(value: str, is_true: bool) -> None:
    assert postgresql.is_true(value) is is_true
