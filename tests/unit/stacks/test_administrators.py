"""The line about an administrator who stays."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.stacks import administrators
from pocdeploy.stacks.deployed import STACK, Deployed, from_outputs

KUBECTL = "kubectl --context here"
URN = f"urn:pulumi:dev::pocdeploy::{STACK}::pocdeploy-dev"


def deployed(**outputs: Any) -> Deployed:
    return from_outputs({URN: {"outputs": outputs}})


def line(settings: dict[str, Any], state: Deployed) -> str | None:
    return administrators.kept("polls", AppSettings.model_validate(settings), state, kubectl=KUBECTL)


BEFORE = deployed(apps={"polls": {"adminUsername": "admin"}})
OTHER = {"admin": {"username": "boss"}}


def test_another_administrator_leaves_the_first_one() -> None:
    found = line(OTHER, BEFORE) or ""

    assert found.startswith("polls: boss becomes an administrator, and admin stays one; to disable that user: kubectl")
    assert f"{KUBECTL} --namespace polls exec deployment/polls -- python manage.py shell -c " in found
    assert "{m().USERNAME_FIELD: 'admin'}).update(is_active=False)\"" in found


def test_another_framework_has_a_command_of_its_own() -> None:
    found = line({**OTHER, "commands": {"admin": ["make-admin"]}}, BEFORE)

    assert found == "polls: boss becomes an administrator, and admin stays one"


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({}, BEFORE),
        (OTHER, Deployed()),
        (OTHER, deployed()),
        (OTHER, deployed(apps={"shop": {"adminUsername": "admin"}})),
        ({**OTHER, "commands": {"admin": None}}, BEFORE),
        ({**OTHER, "database": False}, BEFORE),
    ],
    ids=["same", "new stack", "no outputs", "new application", "no administrator", "no database"],
)
def test_there_is_nothing_to_say(settings: dict[str, Any], state: Deployed) -> None:
    assert line(settings, state) is None
