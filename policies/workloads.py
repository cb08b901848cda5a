"""Pod spec and containers of Kubernetes objects of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})
SERVING = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds whose containers run until they are stopped, and therefore need probes."""


def part(value: Any, *keys: str) -> Any:
    """Return the value at nested ``keys``; None if a part is missing or unknown."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def items(value: Any) -> list[Any]:
    """Return a list's items; an empty list if the value is not a list (an unknown value is a string)."""
    return list(value) if isinstance(value, list | tuple) else []


def pod_spec(kind: str, props: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the pod spec of an object of ``kind``; None if it has none, or if it is unknown."""
    if kind not in WORKLOADS:
        return None
    spec = props.get("spec")
    if kind == "CronJob":
        spec = part(spec, "jobTemplate", "spec")
    if kind != "Pod":
        spec = part(spec, "template", "spec")
    return spec if isinstance(spec, Mapping) else None


def containers(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield all containers of a pod, init containers included."""
    for group in ("initContainers", "containers"):
        yield from (container for container in items(pod.get(group)) if isinstance(container, Mapping))
