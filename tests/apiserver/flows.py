"""Who gets through to whom under a set of NetworkPolicies, as Kubernetes defines them: a small evaluator.

Neither an API server nor a Kind cluster tells whether policies let the right ones through: the first only stores
them, and a policy with the wrong selector is as valid as one with the right selector.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.apiserver.objects import Template, selects
from tests.apiserver.references import World, peers_of


def blocked(world: World, source: Template, target: Template, port: int | str, protocol: str = "TCP") -> list[str]:
    """Return what keeps ``source`` from connecting to a port of ``target``; nothing if it gets through."""
    reasons = []
    for direction, side, pod, other in (("egress", "to", source, target), ("ingress", "from", target, source)):
        rules = _rules(world, direction, pod)
        if rules is None:  # a pod that no policy selects is open
            continue
        if not any(
            _to_peer(world, rule.get(side), other, pod.namespace)
            and _to_port(rule.get("ports"), target, port, protocol)
            for rule in rules
        ):
            connection = f"{source.owner} to {target.owner}, {protocol} port {port}"
            reasons.append(f"no policy in {pod.namespace} allows {direction} of {pod.owner}: {connection}")
    return reasons


def _rules(world: World, direction: str, pod: Template) -> list[Mapping[str, Any]] | None:
    """Return what a pod is allowed in a direction; None if nothing restricts it."""
    specs = [
        each["spec"]
        for each in world.objects
        if each["kind"] == "NetworkPolicy"
        and each["metadata"]["namespace"] == pod.namespace
        and direction.capitalize() in each["spec"]["policyTypes"]
        and selects(each["spec"]["podSelector"], pod.labels)
    ]
    return [rule for spec in specs for rule in spec.get(direction, [])] if specs else None


def _to_peer(world: World, peers: list[Mapping[str, Any]] | None, other: Template, namespace: str) -> bool:
    return not peers or any(other in peers_of(world, peer, namespace) for peer in peers)


def _to_port(ports: list[Mapping[str, Any]] | None, target: Template, port: int | str, protocol: str) -> bool:
    numbers: dict[int | str | None, int] = {name: number for number, name, _ in target.ports}
    return not ports or any(
        numbers.get(port, port) == numbers.get(each.get("port", port), each.get("port", port))
        and protocol == each.get("protocol", "TCP")
        for each in ports
    )
