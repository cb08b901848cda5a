"""Find what of a stack is gone behind Pulumi's back, so that ``up`` makes it anew instead of seeing no change.

Pulumi believes its state: a command that has made a cluster is not run again while its inputs stay the same, even if
somebody has deleted the cluster. So the state's note of the command's triggers is changed: to the engine that is
another cluster than the program asks for, and it replaces it, first deleting (what is gone already), then creating,
with all that dies with it. ``--replace`` would not do: it creates first, so that its delete takes the new cluster
away, and it leaves out what dies with it (seen with the real engine; tests/engine/test_lost.py shows this way).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Something that the state has and the machine has not."""

    urn: str
    container: str
    """Container that should be there."""
    what: str
    """What happened, and what will be done about it."""


GONE = "gone"


def lost(deployment: Mapping[str, Any], exists: Callable[[str], bool]) -> list[Lost]:
    """Return what is gone.

    Args:
        deployment: the stack's state, as ``pulumi stack export`` gives it under ``deployment``.
        exists: whether there is a container of this name, running or not.
    """
    found = []
    for resource in deployment.get("resources") or []:
        made = _made(resource)
        if made is not None and not exists(made[0]):
            found.append(Lost(urn=resource["urn"], container=made[0], what=made[1]))
    return found


def marked(exported: Mapping[str, Any], gone: Collection[Lost]) -> dict[str, Any]:
    """Return an exported stack in which what is gone has other triggers; the same again changes nothing more.

    Secrets stay encrypted as they are.
    """
    result = copy.deepcopy(dict(exported))
    urns = {one.urn for one in gone}
    for resource in result["deployment"]["resources"]:
        if resource["urn"] in urns:
            for values in (resource["inputs"], resource.setdefault("outputs", {})):
                triggers = values.get("triggers") or []
                values["triggers"] = [*triggers, *([] if GONE in triggers else [GONE])]
    return result


def _made(resource: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the container that a resource has made, and what its loss comes to; None if it made none."""
    if resource.get("type") != "command:local:Command" or resource.get("delete"):
        return None
    environment = (resource.get("inputs") or {}).get("environment") or {}
    if "CONFIG_HASH" in environment:
        cluster = environment["CLUSTER"]
        return (
            f"{cluster}-control-plane",
            f"The cluster {cluster} is gone, though no command of this project removed it, and its data with it. "
            "It is made anew, with empty databases",
        )
    if "REGISTRY" in environment and "IMAGE" in environment:
        registry = environment["REGISTRY"]
        return registry, f"The registry {registry} is gone. It is made anew, and the images are pushed again"
    return None
