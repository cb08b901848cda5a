"""What the destruction of a stack deletes."""

from __future__ import annotations

from typing import Any

from pocdeploy.stacks import destruction
from pocdeploy.stacks.deployed import Deployed
from tests.unit.stacks.test_data_loss import BASE, EKS, GUEST, IMAGES, KIND, POLLS, eks, kind, state

REGISTRY = f"{BASE}cluster:KindCluster$pocdeploy:cluster:LocalRegistry$command:local:Command::test-registry"


def test_a_kind_cluster_with_databases_and_images() -> None:
    environment = {"REGISTRY": "test-registry", "IMAGE": "registry:3"}
    outputs: dict[str, dict[str, Any]] = {urn: dict(it.outputs) for urn, it in kind().resources.items()}
    outputs[REGISTRY] = {"environment": environment}

    assert destruction.listing(state(outputs)) == [
        "the cluster test, with all volumes in it",
        "the database polls-db (3 x 1Gi); no backup is known",
        "the database guest-db; no backup is known",
        "the registry test-registry, with all images in it",
    ]


def test_a_cluster_on_aws() -> None:
    outputs: dict[str, dict[str, Any]] = {urn: dict(it.outputs) for urn, it in eks().resources.items()}
    images = {"name": "pocdeploy/shop", "forceDelete": True}

    assert destruction.listing(state({EKS: outputs[EKS], IMAGES: images})) == [
        "the cluster pocdeploy, with all volumes in it",
        "the repository pocdeploy/shop, with all images in it",
    ]
    assert destruction.listing(state({IMAGES: {**images, "forceDelete": False}})) == []


def test_known_backups_are_named() -> None:
    outputs: dict[str, dict[str, Any]] = {urn: dict(it.outputs) for urn, it in kind().resources.items()}
    lines = destruction.listing(state(outputs), {"polls": "2026-01-01T03:00:00Z"})
    assert "the database polls-db (3 x 1Gi); the last backup is of 2026-01-01T03:00:00Z" in lines


def test_a_new_stack_destroys_nothing() -> None:
    assert destruction.listing(Deployed()) == []


def test_protected_resources_and_the_way() -> None:
    names = destruction.protected(kind(KIND, POLLS))
    finding = destruction.refusal(names, "prod")

    assert names == ["test-kind", "polls-db"]
    assert GUEST not in names
    assert finding.fix == (".venv/bin/python -m pocdeploy set cluster.protect false --stack prod && make up STACK=prod")


def test_an_unconfirmed_destruction_names_everything() -> None:
    finding = destruction.unconfirmed(["the cluster test", "the database polls-db"], "dev")

    assert finding.actual == "the cluster test; the database polls-db"
    assert finding.fix == "make down STACK=dev YES_DESTROY=1"
