"""An application does not switch between its own and a shared database cluster in one step."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.stacks import database_switch
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.facts import Facts
from tests.unit.stacks.test_data_loss import GUEST_APP, kind, settings

SHARED = {"polls": {"database": {"shared": "shop"}}, "shop": {}}


@pytest.mark.parametrize(
    ("apps", "deployed", "expected"),
    [
        ({"polls": {}, "guest": GUEST_APP}, kind(), []),
        ({"polls": {"database": False}}, kind(), []),
        (SHARED, Deployed(), []),
        (SHARED, kind(), ["pocdeploy:apps.polls.database: shared: shop"]),
        ({"polls": {}, "guest": {}}, kind(), ["pocdeploy:apps.guest.database: a cluster of its own"]),
    ],
    ids=["as deployed", "none", "new", "to shared", "to own"],
)
def test_switched_databases(apps: dict[str, Any], deployed: Deployed, expected: list[str]) -> None:
    found = database_switch.refusals(settings(apps=apps), deployed, Facts())

    assert [f"{finding.where}: {finding.actual}" for finding in found] == expected
