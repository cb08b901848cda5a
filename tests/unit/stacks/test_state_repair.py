"""Deleted clusters and registries are found in a state, and removed from it with all that was in them."""

from __future__ import annotations

from typing import Any

from pocdeploy.stacks.state_repair import find_missing, prune_state

KIND = "urn:x::command:local:Command::shop-kind"
REGISTRY = "urn:x::command:local:Command::shop-registry"


def made(urn: str, **environment: str) -> dict[str, Any]:
    return {"urn": urn, "type": "command:local:Command", "inputs": {"environment": environment}}


def inside(name: str, kind: str = "kubernetes:core/v1:Service", on: str = KIND, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:x::{kind}::{name}", "type": kind, "deletedWith": on, **more}


STATE: dict[str, Any] = {
    "version": 3,
    "deployment": {
        "resources": [
            made(REGISTRY, REGISTRY="shop-registry", IMAGE="registry:3"),
            made(KIND, CLUSTER="shop", CONFIG_HASH="0"),
            inside("connect", "command:local:Command"),
            inside("image", "docker:index/image:Image", on=REGISTRY),
            inside("service"),
            inside("below", on="urn:x::kubernetes:core/v1:Service::service"),
            inside("password", "random:index/randomPassword:RandomPassword", dependencies=[KIND]),
            {
                "urn": "urn:x::provider",
                "type": "pulumi:providers:kubernetes",
                "dependencies": [KIND, REGISTRY],
                "propertyDependencies": {"kubeconfig": [KIND], "other": None},
            },
        ]
    },
}


def names(state: dict[str, Any]) -> list[str]:
    return [resource["urn"].rsplit("::", 1)[-1] for resource in state["deployment"]["resources"]]


def test_a_deleted_cluster_is_removed_with_its_content_only() -> None:
    gone = find_missing(STATE["deployment"], {"shop-registry"}.__contains__)
    assert [one.container for one in gone] == ["shop-control-plane"]
    left = prune_state(STATE, gone)
    assert names(left) == ["shop-registry", "image", "password", "provider"]
    provider, password = left["deployment"]["resources"][-1], left["deployment"]["resources"][-2]
    assert provider["dependencies"] == [REGISTRY]
    assert provider["propertyDependencies"] == {"kubeconfig": [], "other": []}
    assert (password["dependencies"], "deletedWith" in password) == ([], False)
    assert len(STATE["deployment"]["resources"]) == 8


def test_a_lost_store_of_backups_is_recreated() -> None:
    store = made("urn:x::command:local:Command::shop-backups", STORE="shop-backups", IMAGE="versitygw")
    (gone,) = find_missing({"resources": [store]}, set().__contains__)
    assert gone.container == "shop-backups"
    assert "recreated with its data" in gone.what


def test_a_lost_registry_takes_its_images_only() -> None:
    gone = find_missing(STATE["deployment"], {"shop-control-plane"}.__contains__)
    assert names(prune_state(STATE, gone)) == ["shop-kind", "connect", "service", "below", "password", "provider"]


def test_nothing_is_missing_with_all_containers_or_no_state() -> None:
    assert find_missing(STATE["deployment"], lambda _: True) == []
    assert find_missing({}, lambda _: False) == []
    deleting = {**made(KIND, CLUSTER="shop", CONFIG_HASH="0"), "delete": True}
    assert find_missing({"resources": [deleting]}, lambda _: False) == []
