"""Validate: settings for which `up` would stop, and defaults that do not apply."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.diagnostics.result import Severity
from pocdeploy.diagnostics.validate.settings import settings
from pocdeploy.process import Result
from tests.unit.goodstack import context
from tests.unit.stacks import test_kind_cluster
from tests.unit.stacks.test_data_loss import DATABASES, KIND

STATE: dict[str, Any] = {KIND: dict(test_kind_cluster.deployed().resources[KIND].outputs), **DATABASES}
GUEST = {"path": "app/polls", "database": {"shared": "polls"}}


def results(cluster: dict[str, Any], apps: dict[str, Any], state: dict[str, Any] = STATE) -> dict[str, str]:
    """Return severity -> text of its results."""
    exported = {"deployment": {"resources": [{"urn": urn, "outputs": it} for urn, it in state.items()]}}
    asked = Settings.model_validate({"cluster": cluster, "apps": {"polls": {}, **apps}})
    pulumi = Result(code=0, stdout=json.dumps(exported))
    found: dict[str, str] = {}
    for result in settings(replace(context(), settings=asked, pulumi=lambda *_: pulumi)):
        found[result.severity.value] = f"{found.get(result.severity.value, '')}{result.what} {result.fix}"
    return found


def test_settings_as_deployed() -> None:
    node = {"nodeImage": test_kind_cluster.OLD_IMAGE}
    assert results(node, {"guest": GUEST}) == {Severity.OK.value: "`up` can deploy the settings None"}
    assert results({}, {}, {}) == {Severity.OK.value: "`up` can deploy the settings None"}


def test_a_default_that_does_not_apply() -> None:
    found = results({}, {"guest": GUEST})

    assert found.keys() == {Severity.OK.value, Severity.WARN.value}
    assert "keeps its nodeImage kindest/node:v1.35.0" in found[Severity.WARN.value]
    assert "pocdeploy set cluster.nodeImage kindest/node:" in found[Severity.WARN.value]


@pytest.mark.parametrize(
    ("cluster", "apps", "expected"),
    [
        ({"workers": 1}, {"guest": GUEST}, "deletes the cluster test and everything in it"),
        ({}, {"guest": {"path": "app/polls"}}, "a database is not moved to another cluster"),
    ],
    ids=["loss", "refused"],
)
def test_settings_for_which_up_stops(cluster: dict[str, Any], apps: dict[str, Any], expected: str) -> None:
    assert expected in results({"nodeImage": test_kind_cluster.OLD_IMAGE, **cluster}, apps)[Severity.FAIL.value]


def test_an_unreadable_state() -> None:
    (found,) = settings(replace(context(), pulumi=lambda *_: Result(code=255, stderr="no access")))

    assert (found.severity, found.what) == (Severity.FAIL, "the state cannot be read: no access")
