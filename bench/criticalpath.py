"""The critical path of an operation: the longest chain of resources that wait for each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Timed = tuple[float, Mapping[str, Any]]
"""Time of an event of the engine (in seconds), and the event."""


def durations(events: Iterable[Timed]) -> dict[str, float]:
    """Return URN -> seconds of every resource with an operation. Components have none."""
    began: dict[str, float] = {}
    found: dict[str, float] = {}
    for at, event in events:
        before = event.get("resourcePreEvent", {}).get("metadata", {})
        after = event.get("resOutputsEvent", {}).get("metadata", {})
        if before.get("op", "same") != "same" and (before.get("new") or before.get("old") or {}).get("custom"):
            began[before["urn"]] = at
        if after.get("urn") in began:
            # A sum, because a replacement has several steps with the same URN.
            found[after["urn"]] = found.get(after["urn"], 0.0) + at - began.pop(after["urn"])
    return found


def waits_for(deployment: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return URN -> the URNs that it waits for: its dependencies, its provider and its parent.

    Args:
        deployment: the ``deployment`` of ``pulumi stack export``.
    """
    resources = deployment.get("resources", [])
    return {
        resource["urn"]: {
            *resource.get("dependencies", []),
            # The reference to a provider is its URN and its id.
            *filter(None, [resource.get("provider", "").rpartition("::")[0], resource.get("parent")]),
        }
        for resource in resources
    }


def longest(seconds: Mapping[str, float], before: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the chain with the largest sum of seconds, in order.

    Args:
        seconds: time of each resource; others take no time.
        before: resource -> resources that it waits for, without cycles.
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
