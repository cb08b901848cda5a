"""Find clusters, registries and stores of backups that were deleted outside of Pulumi, and remove them from the state.

Pulumi trusts its state: it does not repeat a command that has created a cluster while the inputs stay the same, even if
the cluster was deleted. Without the cluster and its content in the state, ``up`` creates both again. ``--replace`` does
not work here: the engine creates first, its delete then removes the new cluster, and it skips the resources that were
deleted with the old one (tests/engine/test_lost.py).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MissingResource:
    """A resource in the state whose container does not exist."""

    urn: str
    container: str
    """Container that should be there."""
    what: str
    """What happened, and what ``up`` does about it."""


def find_missing(deployment: Mapping[str, Any], exists: Callable[[str], bool]) -> list[MissingResource]:
    """Return the resources whose container does not exist.

    Args:
        deployment: the stack's state, as ``pulumi stack export`` gives it under ``deployment``.
        exists: whether there is a container of this name, running or not.
    """
    found = []
    for resource in deployment.get("resources") or []:
        created = _created_container(resource)
        if created is not None and not exists(created[0]):
            found.append(MissingResource(urn=resource["urn"], container=created[0], what=created[1]))
    return found


def prune_state(exported: Mapping[str, Any], missing: Collection[MissingResource]) -> dict[str, Any]:
    """Return an exported stack without the resources in ``missing`` and without those that were deleted with them.

    Generated passwords stay, because only the state has them, and so does the provider: it gets the kubeconfig of the
    new cluster. Secrets stay encrypted.
    """
    result = copy.deepcopy(dict(exported))
    resources = result["deployment"]["resources"]
    deleted = {one.urn for one in missing}
    while (
        further := {it["urn"] for it in resources if it.get("deletedWith") in deleted and _is_deleted_with(it)}
        - deleted
    ):
        deleted |= further
    kept = [resource for resource in resources if resource["urn"] not in deleted]
    for resource in kept:
        _remove_references(resource, deleted)
    result["deployment"]["resources"] = kept
    return result


def _is_deleted_with(resource: Mapping[str, Any]) -> bool:
    return str(resource["type"]).split(":")[0] in {"kubernetes", "command", "docker"}


def _remove_references(resource: dict[str, Any], deleted: Collection[str]) -> None:
    """Remove deleted resources from the dependencies of a resource; Pulumi refuses a state that still has them."""
    if resource.get("deletedWith") in deleted:
        del resource["deletedWith"]
    if "dependencies" in resource:
        resource["dependencies"] = [urn for urn in resource["dependencies"] if urn not in deleted]
    for key, urns in (resource.get("propertyDependencies") or {}).items():
        resource["propertyDependencies"][key] = [urn for urn in urns or [] if urn not in deleted]


def _created_container(resource: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the container that a resource has created, and a sentence about its loss; None if it created none."""
    if resource.get("type") != "command:local:Command" or resource.get("delete"):
        return None
    environment = (resource.get("inputs") or {}).get("environment") or {}
    if "CONFIG_HASH" in environment:
        cluster = environment["CLUSTER"]
        return (
            f"{cluster}-control-plane",
            f"The cluster {cluster} was deleted outside of this project, and its data with it. "
            "It is recreated, with empty databases",
        )
    if "STORE" in environment:
        store = environment["STORE"]
        return store, f"The store of backups {store} was deleted. It is recreated with its data, which is in a volume"
    if "REGISTRY" in environment and "IMAGE" in environment:
        registry = environment["REGISTRY"]
        return registry, f"The registry {registry} was deleted. It is recreated, and the images are pushed again"
    return None
