"""The critical path of an operation: the longest chain of resources each of which had to wait for the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Timed = tuple[float, Mapping[str, Any]]
"""When an event of the engine came (seconds, of any clock), and the event."""


def durations(events: Iterable[Timed]) -> dict[str, float]:
    """Return URN -> seconds for every resource that something was done to.

    Components are left out: nothing is done to them, and their span is that of their children.
    """
    began: dict[str, float] = {}
    found: dict[str, float] = {}
    for at, event in events:
        before = event.get("resourcePreEvent", {}).get("metadata", {})
        after = event.get("resOutputsEvent", {}).get("metadata", {})
        if before.get("op", "same") != "same" and (before.get("new") or before.get("old") or {}).get("custom"):
            began[before["urn"]] = at
        if after.get("urn") in began:
            # Added up: a replacement is several steps on the same URN.
            found[after["urn"]] = found.get(after["urn"], 0.0) + at - began.pop(after["urn"])
    return found


def waits_for(deployment: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return URN -> the URNs that it waits for, by the dependencies in a state: its own, its provider's, its parent's.

    Args:
        deployment: the ``deployment`` of ``pulumi stack export``.
    """
    resources = deployment.get("resources", [])
    return {
        resource["urn"]: {
            *resource.get("dependencies", []),
            # A provider is named by its URN and its id.
            *filter(None, [resource.get("provider", "").rpartition("::")[0], resource.get("parent")]),
        }
        for resource in resources
    }


def longest(seconds: Mapping[str, float], before: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the chain of which the seconds come to most, in order.

    Args:
        seconds: of each resource; what is not in it takes no time.
        before: resource -> what it waits for; without cycles.
    """
    best: dict[str, tuple[float, list[str]]] = {}

    def chain(one: str) -> tuple[float, list[str]]:
        if one not in best:
            total, names = max((chain(other) for other in before.get(one, ())), default=(0.0, []), key=lambda it: it[0])
            own = seconds.get(one)
            best[one] = (total, names) if own is None else (total + own, [*names, one])
        return best[one]

    return max((chain(one) for one in sorted({*seconds, *before})), default=(0.0, []), key=lambda it: it[0])[1]


def label(urn: str) -> str:
    """Return type and name of a resource: ``Deployment polls-deployment``."""
    return f"{urn.split('::')[2].rsplit(':', 1)[-1]} {urn.rsplit('::', 1)[-1]}"
