"""Names of applications that collide; `tests/program/test_names.py` compares the lists with the program."""

from __future__ import annotations

import pytest

from pocdeploy.config import names


@pytest.mark.parametrize(
    ("apps", "found"),
    [
        (["polls", "polls-blog", "db", "smoke"], []),
        (["polls-db", "shop"], []),
        (["polls", "polls-db"], ["polls-db gives the same names as polls"]),
        (
            ["a", "a-before", "a-before-smoke"],
            ["a-before gives the same names as a", "a-before-smoke gives the same names as a-before"],
        ),
        (["traefik", "kube-public"], ["kube-public is a name of the platform", "traefik is a name of the platform"]),
    ],
)
def test_all_collisions_are_named(apps: list[str], found: list[str]) -> None:
    assert [*names.collisions(apps)] == found
