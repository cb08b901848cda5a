"""The rules of the policy pack for all resources of every stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.rules import Resource, violations
from tests.program.conftest import stack_config
from tests.program.recorder import ROOT, Recorded, Registered, deploy


def as_resource(registered: Registered, stack: str) -> Resource:
    return Resource(
        type=registered.type,
        name=registered.name,
        props=registered.inputs,
        stack=stack,
        protect=registered.protect,
    )


def found(recorded: Recorded, stack: str) -> list[str]:
    return [
        f"{resource.kind} {resource.name}: {rule}: {sentence}"
        for resource in recorded.resources
        if resource.custom
        for rule, sentence in violations(as_resource(resource, stack))
    ]


def test_every_stack_complies_with_the_rules(any_stack: Recorded) -> None:
    assert found(any_stack, "dev") == []


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder: Path = tmp_path_factory.mktemp("prod")
    return deploy(stack_config(ROOT / "Pulumi.dev.yaml"), folder, stack="prod")


def test_a_production_stack_protects_its_data(production: Recorded, dev: Recorded) -> None:
    assert found(production, "prod") == []
    assert [resource.name for resource in production.resources if resource.protect] == [
        "test-kind",
        "polls-namespace",
        "polls-db",
    ]
    assert [resource.name for resource in dev.resources if resource.protect] == []
    # The rule reports the resources of the stack `dev` if they are checked as those of a production stack.
    assert [line.split(":")[0] for line in found(dev, "prod")] == ["Cluster polls-db"]
