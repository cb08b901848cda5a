"""The database of an application: what its settings come to."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy import versions
from pocdeploy.config import Database
from pocdeploy.config.database import image_major
from tests.settingsdata import PARAMETERS
from tests.unit.configuration import Bad, assert_refused, database

BAD: list[Bad] = [
    (database(recovery={"mask": "m.sql"}), "apps.polls.database.recovery", "exactly one of from"),
    (database(recovery={"backup": "B_b", "mask": "m.sql"}), "apps.polls.database.recovery.backup", "Kubernetes object"),
    (database(shared="Shop"), "apps.polls.database.shared", "lower-case letters"),
    (database(shared="shop", instances=1), "apps.polls.database", "only shared: set instances for shop"),
    (database(instances=0), "apps.polls.database.instances", "greater than or equal to 1"),
    (database(instances=10), "apps.polls.database.instances", "less than or equal to 9"),
    (database(version=12), "apps.polls.database.version", "greater than or equal to 14"),
    (database(storage="1GB"), "apps.polls.database.storage", "256Mi or 1Gi"),
    (database(storage="0Gi"), "apps.polls.database.storage", "above zero"),
    (database(storage="-1Gi"), "apps.polls.database.storage", "above zero"),
    (database(storage=1), "apps.polls.database.storage", "needs a unit"),
    (database(version=17, image="postgres:16"), "apps.polls.database", "the tag of postgres:16 says 16"),
    (
        database(recovery={"backup": "b", "volumeSnapshot": "v", "mask": "m.sql"}),
        "apps.polls.database.recovery",
        "exactly one of from, backup and volumeSnapshot",
    ),
    (
        database(parameters={"Max Connections": "1"}),
        "apps.polls.database.parameters.Max Connections",
        "max_connections",
    ),
    (database(image="postgres:latest"), "apps.polls.database", "the version as its tag, for example :18"),
    (database(image=f"postgres@sha256:{'0' * 64}"), "apps.polls.database", "(postgres@sha256:0000"),
    (database(locale="German"), "apps.polls.database.locale", "a language, for example de-DE"),
    (database(version=14, locale="de-DE"), "apps.polls.database", "PostgreSQL 14 has no de-DE"),
    (database(parameters={"max_conections": "9"}), "apps.polls.database.parameters", "did you mean max_connections?"),
    (database(parameters={"work_mem": "8Mi"}), "apps.polls.database.parameters", "for work_mem a number with B, kB"),
    (database(parameters={"port": "5433"}), "apps.polls.database.parameters", "no port: CloudNativePG sets it"),
    (database(parameters={"wal_level": "minimal"}), "apps.polls.database.parameters", "replica or logical"),
    (database(parameters={"wal_log_hints": "off"}), "apps.polls.database.parameters", "on as wal_log_hints"),
    (database(parameters={"pgaudit.log": "all"}), "apps.polls.database.parameters", "an image with the extension"),
    (database(parameters={"shared_buffers": "16384"}), "apps.polls.database.parameters", "with a unit"),
    (database(parameters={"shared_buffers": "300MB"}), "apps.polls.database", "requested memory (256Mi)"),
    (database(parameters={"max_wal_size": "1GB"}), "apps.polls.database", "together below storage, 1024MB"),
    (database(storage="1Gi", walStorage="1"), "apps.polls.database.walStorage", "needs a unit"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_parameters_reach_postgresql_as_given() -> None:
    assert Database(storage="4Gi", parameters=PARAMETERS).all_parameters == PARAMETERS


@pytest.mark.parametrize(
    ("value", "text"), [(200, "200"), (0.9, "0.9"), (True, "on"), (False, "off"), ("250ms", "250ms")]
)
def test_values_may_be_plain_yaml(value: Any, text: str) -> None:
    name = {"200": "max_connections", "0.9": "checkpoint_completion_target", "250ms": "lock_timeout"}.get(text, "jit")

    assert Database.model_validate({"parameters": {name: value}}).parameters == {name: text}


def test_limits_of_the_log_are_always_set() -> None:
    names = {"max_wal_size", "min_wal_size", "wal_keep_size", "max_slot_wal_keep_size"}

    assert Database(parameters={"jit": "off"}).all_parameters.keys() == {*names, "jit"}


def test_own_volume_of_the_log_decides_its_limits() -> None:
    assert Database(wal_storage="2Gi").all_parameters["max_slot_wal_keep_size"] == "1024MB"


def test_extensions_of_other_images_can_be_set() -> None:
    found = Database(image="registry.example.com/pg:18", parameters={"pgaudit.log": "all"})

    assert found.parameters == {"pgaudit.log": "all"}


def test_log_hints_are_only_needed_with_replicas() -> None:
    assert Database(instances=1, parameters={"wal_log_hints": "off"}).parameters == {"wal_log_hints": "off"}


def test_image_of_the_user_is_used() -> None:
    image = f"pg:17.2@sha256:{'0' * 64}"

    assert Database(version=17, image=image).image_name == image


def test_each_major_version_has_a_pinned_image() -> None:
    for version in range(14, 19):
        image = Database(version=version).image_name
        assert image == versions.POSTGRESQL_IMAGES[version]
        assert image_major(image) == version
        assert "@sha256:" in image


@pytest.mark.parametrize(
    ("image", "major"),
    [
        ("ghcr.io/cloudnative-pg/postgresql:18-minimal-trixie", 18),
        ("registry:5000/pg:17.2@sha256:aa", 17),
        ("registry:5000/pg", None),
        ("pg@sha256:18", None),
    ],
)
def test_major_version_is_in_the_tag(image: str, major: int | None) -> None:
    assert image_major(image) == major
