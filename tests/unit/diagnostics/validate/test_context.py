"""The parts of a stack that the checks look at."""

from __future__ import annotations

import pytest

from pocdeploy.config import Settings
from pocdeploy.diagnostics.validate import ValidationContext
from pocdeploy.process import Result
from tests.unit.fakes import FakeApi

EXISTING = {"type": "existing", "context": "x", "registry": {"push": "localhost:5050"}}


def context(paused: frozenset[str] = frozenset(), **settings: object) -> ValidationContext:
    return ValidationContext(
        stack="dev",
        settings=Settings.model_validate(settings),
        outputs={"kubeconfigPath": ".pocdeploy/kubeconfig", "apps": {"polls": {"url": "http://localhost"}}},
        api=FakeApi(),
        pulumi=lambda *_: Result(code=0),
        resume=list,
        paused=paused,
    )


@pytest.mark.parametrize(("profile", "expected"), [("light", ["monitoring"]), ("off", [])])
def test_the_namespace_of_monitoring_depends_on_the_profile(profile: str, expected: list[str]) -> None:
    found = context(monitoring={"profile": profile}).namespaces

    assert found == ["polls", "cnpg-system", "gateway", *expected]


def test_paused_applications_are_not_awake() -> None:
    apps = {"polls": {}, "site": {"path": "app/polls"}}

    assert context(apps=apps).awake == ["polls", "site"]
    assert context(frozenset({"site"}), apps=apps).awake == ["polls"]


def test_only_a_kind_cluster_has_a_part_on_this_machine() -> None:
    assert context().local is not None
    assert context(cluster=EXISTING).local is None


def test_an_application_without_outputs_has_none() -> None:
    assert context().app_outputs("polls") == {"url": "http://localhost"}
    assert context().app_outputs("site") == {}


def test_kubectl_uses_the_kubeconfig_of_the_stack() -> None:
    assert context().kubectl == "kubectl --kubeconfig .pocdeploy/kubeconfig"
