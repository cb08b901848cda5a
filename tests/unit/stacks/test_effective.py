"""Defaults that differ from what is deployed apply only where that is safe."""

from __future__ import annotations

import pytest

from pocdeploy.config import KindSettings, Settings
from pocdeploy.stacks import effective
from pocdeploy.stacks.deployed import Deployed
from tests.unit.stacks import test_kind_cluster


def test_a_deployed_cluster_keeps_its_node_image() -> None:
    found = effective.effective(Settings(), test_kind_cluster.deployed()).cluster

    assert isinstance(found, KindSettings)
    assert found.node_image == test_kind_cluster.OLD_IMAGE


def test_a_new_stack_has_the_settings_as_they_are() -> None:
    assert effective.effective(Settings(), Deployed()) == Settings()


def test_every_rule_gets_the_result_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    other = Settings.model_validate({"monitoring": {"profile": "off"}})
    monkeypatch.setattr(effective, "RULES", [lambda *_: other, lambda it, _: seen.append(it) or it])

    assert effective.effective(Settings(), Deployed()) == other
    assert seen == [other]
