"""Deployed databases: what is read of them, and which settings they keep."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy import versions
from pocdeploy.stacks import databases
from pocdeploy.stacks.deployed import Deployed
from tests.unit.stacks.deployedstack import IMAGE, database, deployed, settings


def find(state: Deployed) -> databases.DeployedDatabase:
    there = databases.find(state, "polls")
    assert there is not None
    return there


def test_new_stack_has_no_database() -> None:
    assert databases.find(Deployed(), "polls") is None


@pytest.mark.parametrize(
    ("state", "major"),
    [
        (deployed(17), 17),
        (deployed(imageName="registry:5000/pg:16.4@sha256:ab"), 16),
        (deployed(imageName="registry:5000/pg", record={"version": 15}), 15),
        (deployed(imageName="registry:5000/pg"), None),
    ],
)
def test_major_version_is_that_of_the_image(state: Deployed, major: int | None) -> None:
    assert find(state).major == major


@pytest.mark.parametrize(
    ("mask", "is_masked"), [(None, False), ({}, False), ({"failed": 1}, False), ({"succeeded": 1}, True)]
)
def test_copy_is_masked_when_its_job_has_succeeded(mask: dict[str, Any] | None, is_masked: bool) -> None:
    assert find(deployed(mask=mask)).is_masked is is_masked


def test_deployed_major_stays_until_a_version_is_set() -> None:
    assert database(databases.keep(settings(), deployed(16))).version == 16
    assert database(databases.keep(settings(version=17), deployed(16))).version == 17
    image = "registry.example.com/pg:18"
    assert database(databases.keep(settings(image=image), deployed(18))).image_name == image


def test_default_image_of_the_deployed_major_is_pinned() -> None:
    assert database(databases.keep(settings(), deployed(17))).image_name == versions.POSTGRESQL_IMAGES[17]


def test_new_database_has_the_newest_version() -> None:
    assert database(databases.keep(settings(), Deployed())).version == versions.POSTGRESQL_MAJOR


@pytest.mark.parametrize(
    "state",
    [
        deployed(parameters={}),
        deployed(parameters={**database(settings()).all_parameters, "max_wal_size": "1GB"}),
        deployed(record={"parameters": {"work_mem": "8MB"}}),
    ],
    ids=["added", "changed", "removed"],
)
def test_default_image_waits_for_other_parameters(state: Deployed) -> None:
    assert database(databases.keep(settings(), state)).image_name == IMAGE.format(18)
    assert database(databases.keep(settings(version=18), state)).image_name == IMAGE.format(18)


def test_parameters_that_the_operator_adds_are_no_change() -> None:
    state = deployed(parameters={**database(settings()).all_parameters, "archive_timeout": "5min"})

    assert database(databases.keep(settings(), state)).image_name == versions.POSTGRESQL_IMAGES[18]


def test_postponed_image_is_announced() -> None:
    def lines(state: Deployed, **change: Any) -> list[str]:
        return [*databases.postponed(settings(**change), databases.keep(settings(**change), state))]

    image = versions.POSTGRESQL_IMAGES[17]
    assert lines(deployed(17, parameters={})) == [
        f"polls: the parameters of the database change now; the next `up` deploys its image {image}"
    ]
    assert lines(deployed(17)) == lines(Deployed()) == []
    assert lines(deployed(parameters={}), image="registry.example.com/pg:18") == []


def test_image_of_the_user_is_never_held_back() -> None:
    image = "registry.example.com/pg:18"

    assert database(databases.keep(settings(image=image), deployed(parameters={}))).image_name == image


@pytest.mark.parametrize(("version", "upgrade"), [(16, None), (17, None), (18, (17, 18))])
def test_only_a_newer_major_version_is_an_upgrade(version: int, upgrade: tuple[int, int] | None) -> None:
    assert databases.major_upgrade(database(settings(version=version)), find(deployed(17))) == upgrade


def test_new_database_is_no_upgrade() -> None:
    assert databases.major_upgrade(database(settings()), None) is None


def test_volumes_that_grow() -> None:
    there = find(deployed(walStorage={"size": "1Gi"}))
    grown = database(settings(storage="2Gi", walStorage="1024Mi"))

    assert databases.growing(grown, there) == {"storage": ("1Gi", "2Gi")}
    assert databases.growing(grown, None) == {}


@pytest.mark.parametrize(
    ("bootstrap", "locale"),
    [
        ({"initdb": {"database": "polls"}}, "C"),
        ({"initdb": {"localeCType": "C", "localeCollate": "C"}}, "C"),
        ({"initdb": {"localeProvider": "builtin", "builtinLocale": "C.UTF-8", "localeCType": "C"}}, "C.UTF-8"),
        ({"initdb": {"localeProvider": "icu", "icuLocale": "und", "localeCType": "C.UTF-8"}}, "und"),
        ({"recovery": {"backup": {"name": "b"}}}, None),
    ],
)
def test_locale_of_a_deployed_database(bootstrap: dict[str, Any], locale: str | None) -> None:
    assert databases.locale_of({"bootstrap": bootstrap}) == locale
