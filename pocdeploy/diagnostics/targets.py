"""What Prometheus scrapes, and whether it can: pure functions over what its API and that of Kubernetes answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pocdeploy.errors import Finding, PocdeployError

MONITORS = {"podMonitor": "podMetricsEndpoints", "serviceMonitor": "endpoints"}
"""Kind of a monitor, as the Prometheus operator writes it into a scrape pool's name -> its list of endpoints."""

State = Literal["up", "down", "unknown", "missing"]


class TargetsError(PocdeployError):
    """Prometheus did not answer with its targets."""

    headline = "The targets of Prometheus are not known"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that Prometheus scrapes, or should."""

    job: str
    """Label ``job``; for a missing target the monitor that asks for it."""
    where: str
    """Pod, or the address if it is none; empty for a missing target."""
    state: State
    """``unknown``: not scraped yet. ``missing``: there is a monitor, and nothing that it finds."""
    error: str = ""
    """What Prometheus says about the last scrape."""
    url: str = ""


def read(answer: Mapping[str, Any]) -> list[Target]:
    """Return the targets of an answer of ``/api/v1/targets``, those that are not up first; raises TargetsError.

    The format: https://prometheus.io/docs/prometheus/latest/querying/api/#targets
    """
    if answer.get("status") != "success":
        what = "answered with an error"
        raise TargetsError([Finding(where="Prometheus", what=what, actual=str(answer.get("error", answer))[:300])])
    return _sorted(_target(each) for each in answer["data"]["activeTargets"])


def missing(answer: Mapping[str, Any], monitors: Iterable[Mapping[str, Any]]) -> list[Target]:
    """Return a target for each endpoint of the PodMonitors and ServiceMonitors that ``answer`` has nothing of.

    Such an endpoint is neither up nor down, and no alert on ``up`` would ever notice. What ``monitors`` are: objects
    of the Kubernetes API with ``kind``.
    """
    pools = {each["scrapePool"] for each in answer["data"]["activeTargets"]}
    return _sorted(
        Target(job=pool, where="", state="missing", error="nothing that runs has these labels and this port")
        for monitor in monitors
        for pool in _pools(monitor)
        if pool not in pools
    )


def not_up(targets: Iterable[Target]) -> list[Target]:
    """Return the targets that are not up."""
    return [target for target in targets if target.state != "up"]


def summary(targets: Sequence[Target]) -> str:
    """Return how many targets there are in which state, in one line."""
    bad = not_up(targets)
    if not targets:
        return "Prometheus has no targets"
    if not bad:
        return f"all {len(targets)} targets are up"
    counts = {state: sum(target.state == state for target in bad) for state in ("down", "missing", "unknown")}
    words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return f"{len(bad)} of {len(targets)} targets are not up: {words}"


def _target(each: Mapping[str, Any]) -> Target:
    labels = each["labels"]
    return Target(
        job=labels.get("job", each["scrapePool"]),
        where=labels.get("pod") or labels.get("node") or labels.get("instance", each["scrapeUrl"]),
        state=each["health"],
        error=each.get("lastError", ""),
        url=each["scrapeUrl"],
    )


def _pools(monitor: Mapping[str, Any]) -> Iterator[str]:
    kind = monitor["kind"][0].lower() + monitor["kind"][1:]
    metadata = monitor["metadata"]
    for index, _ in enumerate(monitor["spec"][MONITORS[kind]]):
        yield f"{kind}/{metadata['namespace']}/{metadata['name']}/{index}"


def _sorted(targets: Iterable[Target]) -> list[Target]:
    return sorted(targets, key=lambda target: (target.state == "up", target.job, target.where, target.url))
