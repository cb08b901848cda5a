"""Replacements that a person asks for, without a change of the settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pocdeploy.stacks import forced_replacements
from pocdeploy.stacks.deployed import Deployed, from_export
from tests.unit.stacks.test_data_loss import GUEST, POLLS, kind

SERVICE = POLLS.replace("postgresql.cnpg.io/v1:Cluster", "core/v1:Service")


def named(deployed: Deployed, *arguments: str) -> list[str]:
    return [loss.urn for loss in forced_replacements.losses(deployed, arguments)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--replace", POLLS), [POLLS]),
        ((f"--target-replace={POLLS}", "--diff"), [POLLS]),
        (("--replace", "**::polls-db"), [POLLS]),
        (("--replace", "**polls*", "--replace", GUEST), [GUEST, POLLS]),
        (("--replace", "*polls-db"), []),
        (("--replace", SERVICE), []),
        (("--target", POLLS), []),
        (("--replace",), []),
        ((), []),
    ],
)
def test_options_name_what_is_replaced(arguments: tuple[str, ...], expected: list[str]) -> None:
    assert sorted(named(kind(), *arguments)) == sorted(expected)


def test_a_tainted_resource_is_replaced() -> None:
    resources = {**kind().resources, GUEST: replace(kind().resources[GUEST], is_tainted=True)}
    (loss,) = forced_replacements.losses(Deployed(resources=resources), ())

    assert (loss.urn, loss.what) == (GUEST, "the database guest-db")
    assert loss.reason == "it was marked by `pulumi state taint`"


def test_a_state_says_what_is_tainted() -> None:
    deployed = from_export({"deployment": {"resources": [{"urn": POLLS, "taint": True}, {"urn": GUEST}]}})

    assert [it.is_tainted for it in deployed.resources.values()] == [True, False]
