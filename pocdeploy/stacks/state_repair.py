"""Find resources that were deleted outside Pulumi, so that ``up`` recreates them instead of seeing no change.

Pulumi believes its state: a command that has made a cluster is not run again while its inputs stay the same, even if
somebody has deleted the cluster. So the state forgets it and all that died with it, and ``up`` creates these again.
``--replace`` would not do: the engine then creates first, so that its delete takes the new cluster away, and it leaves
out what has died with the old one (seen with the real engine; tests/engine/test_lost.py shows this way).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MissingResource:
    """Something that the state has and the machine has not."""

    urn: str
    container: str
    """Container that should be there."""
    what: str
    """What happened, and what will be done about it."""


def find_missing(deployment: Mapping[str, Any], exists: Callable[[str], bool]) -> list[MissingResource]:
    """Return the missing resources.

    Args:
        deployment: the stack's state, as ``pulumi stack export`` gives it under ``deployment``.
        exists: whether there is a container of this name, running or not.
    """
    found = []
    for resource in deployment.get("resources") or []:
        made = _made(resource)
        if made is not None and not exists(made[0]):
            found.append(MissingResource(urn=resource["urn"], container=made[0], what=made[1]))
    return found


def prune_state(exported: Mapping[str, Any], gone: Collection[MissingResource]) -> dict[str, Any]:
    """Return an exported stack without the missing resources and those that were deleted with them.

    What was made up once and lives in the state alone (generated passwords) stays, and so does the provider: it gets
    the new cluster's kubeconfig when there is one. Secrets stay encrypted as they are.
    """
    result = copy.deepcopy(dict(exported))
    resources = result["deployment"]["resources"]
    dead = {one.urn for one in gone}
    while further := {it["urn"] for it in resources if it.get("deletedWith") in dead and _can_die(it)} - dead:
        dead |= further
    kept = [resource for resource in resources if resource["urn"] not in dead]
    for resource in kept:
        _cut(resource, dead)
    result["deployment"]["resources"] = kept
    return result


def _can_die(resource: Mapping[str, Any]) -> bool:
    return str(resource["type"]).split(":")[0] in {"kubernetes", "command", "docker"}


def _cut(resource: dict[str, Any], dead: Collection[str]) -> None:
    """Take what is no longer there out of a resource's dependencies; a state with others is refused."""
    if resource.get("deletedWith") in dead:
        del resource["deletedWith"]
    if "dependencies" in resource:
        resource["dependencies"] = [urn for urn in resource["dependencies"] if urn not in dead]
    for key, urns in (resource.get("propertyDependencies") or {}).items():
        resource["propertyDependencies"][key] = [urn for urn in urns or [] if urn not in dead]


def _made(resource: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the container that a resource has made, and what its loss comes to; None if it made none."""
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
    if "REGISTRY" in environment and "IMAGE" in environment:
        registry = environment["REGISTRY"]
        return registry, f"The registry {registry} was deleted. It is recreated, and the images are pushed again"
    return None
