"""The targets and alerts of Prometheus, for ``validate`` and for the command ``targets``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pocdeploy import fixes
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.errors import ExitCode, Finding, PocdeployError
from pocdeploy.kube.client import KubeClient

INSTANCES = "/apis/monitoring.coreos.com/v1/prometheuses"
PROXY = "/api/v1/namespaces/{}/services/prometheus-operated:9090/proxy/api/v1/{}"
"""The operator creates this Service for every release; requests go through the API server, so no port is opened."""
MONITORS = {"podMonitor": "podMetricsEndpoints", "serviceMonitor": "endpoints"}
"""Kind of a monitor, as the Prometheus operator writes it into a scrape pool's name -> its list of endpoints."""
MONITORS_PATH = "/apis/monitoring.coreos.com/v1/{}s"
# They always fire: the first shows that alerts arrive, the second mutes other alerts.
ALWAYS_FIRING = {"Watchdog", "InfoInhibitor"}
State = Literal["up", "down", "unknown", "missing"]


class PrometheusError(PocdeployError):
    """Prometheus is not installed, or answers with an error."""

    headline = "Prometheus has no answer"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, kw_only=True)
class Target:
    """An endpoint that Prometheus scrapes, or should scrape."""

    job: str
    """Label ``job``; of a missing target the monitor that selects it."""
    where: str
    """Pod, or the address if there is none; empty for a missing target."""
    state: State
    """``unknown``: not scraped yet. ``missing``: a monitor selects it, and no pod matches."""
    error: str = ""
    """The error of the last scrape."""
    url: str = ""


def find_targets(client: KubeClient, preferred: str | None, *, ignored: Collection[str] = ()) -> list[Target]:
    """Return all targets of the cluster's Prometheus, those that are not up first.

    Args:
        client: the cluster.
        preferred: namespace of the instance to ask, if the cluster has several.
        ignored: namespaces whose monitors may match no pod.

    Raises:
        ApiError: a request failed.
        PrometheusError: there is no Prometheus, or it answers with an error.
    """
    response = _get(client, preferred, "targets", state="active")
    monitors = [
        {**monitor, "kind": kind}
        for kind in MONITORS
        for monitor in client.items(MONITORS_PATH.format(kind.lower()))
        if monitor["metadata"]["namespace"] not in ignored
    ]
    return [*missing_targets(response, monitors), *active_targets(response)]


def _get(client: KubeClient, preferred: str | None, what: str, **query: str) -> dict[str, Any]:
    """Return the response of Prometheus' own API to a query for ``what``."""
    namespaces = [instance["metadata"]["namespace"] for instance in client.items(INSTANCES)]
    if not namespaces:
        finding = Finding(
            where="Prometheus",
            what="no instance found in this cluster",
            expected="pocdeploy:monitoring.profile light or full",
            fix=fixes.set_value("monitoring.profile", "light"),
        )
        raise PrometheusError([finding])
    namespace = preferred if preferred in namespaces else namespaces[0]
    response = client.get(PROXY.format(namespace, what), **query)
    if response.get("status") != "success":
        what = f"the query for {what} failed"
        raise PrometheusError(
            [Finding(where="Prometheus", what=what, actual=str(response.get("error", response))[:300])]
        )
    return response


def active_targets(response: Mapping[str, Any]) -> list[Target]:
    """Return the targets in a response of ``/api/v1/targets``, those that are not up first.

    The format: https://prometheus.io/docs/prometheus/latest/querying/api/#targets
    """
    return _sorted(_target(each) for each in response["data"]["activeTargets"])


def missing_targets(response: Mapping[str, Any], monitors: Iterable[Mapping[str, Any]]) -> list[Target]:
    """Return a target for each endpoint of PodMonitors and ServiceMonitors that ``response`` does not contain.

    Such an endpoint is neither up nor down, and no alert on ``up`` fires. ``monitors`` are API objects with ``kind``.
    """
    pools = {each["scrapePool"] for each in response["data"]["activeTargets"]}
    return _sorted(
        Target(job=pool, where="", state="missing", error="no running pod has these labels and this port")
        for monitor in monitors
        for pool in _pools(monitor)
        if pool not in pools
    )


def not_up(targets: Iterable[Target]) -> list[Target]:
    """Return the targets that are not up."""
    return [target for target in targets if target.state != "up"]


def summary(targets: Sequence[Target]) -> str:
    """Return the number of targets in each state, in one line."""
    bad = not_up(targets)
    if not targets:
        return "Prometheus has no targets"
    if not bad:
        return f"all {len(targets)} targets are up"
    counts = {state: sum(target.state == state for target in bad) for state in ("down", "missing", "unknown")}
    numbers = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return f"{len(bad)} of {len(targets)} targets are not up: {numbers}"


def targets(context: ValidationContext) -> Iterator[CheckResult]:
    """Check that Prometheus reaches every target, and that every monitor matches one."""
    namespace = context.settings.monitoring.namespace
    if namespace is None:
        return
    # A paused application has no pods. A target is unknown between its discovery and its first scrape, seconds later.
    found = find_targets(context.api, namespace, ignored=context.paused)
    bad = [target for target in not_up(found) if target.state != "unknown"]
    for target in bad:
        yield warn(
            "targets",
            f"{target.job} {target.where}: {target.error or target.state}",
            why="its metrics are missing, and alerts on them do not fire",
            fix=f"make targets STACK={context.stack}",
        )
    if not found:
        yield fail("targets", summary(found), fix=f"make up STACK={context.stack}")
    elif not bad:
        yield ok("targets", summary(found))


def alerts(context: ValidationContext) -> Iterator[CheckResult]:
    """Check that no alert fires: a critical one is a failure, any other a warning."""
    namespace = context.settings.monitoring.namespace
    if namespace is None:
        return
    found = firing(context.api, namespace)
    for alert in found:
        labels, notes = alert["labels"], alert.get("annotations", {})
        severity = fail if labels.get("severity") == "critical" else warn
        text = notes.get("summary") or notes.get("description") or "fires"
        yield severity("alerts", f"{labels['alertname']}: {text}", fix=notes.get("runbook_url"))
    if not found:
        yield ok("alerts", "no alert fires")


def firing(client: KubeClient, preferred: str | None) -> list[dict[str, Any]]:
    """Return the alerts that fire, with labels and annotations; otherwise like ``find_targets``."""
    return [
        alert
        for alert in _get(client, preferred, "alerts")["data"]["alerts"]
        if alert["state"] == "firing" and alert["labels"].get("alertname") not in ALWAYS_FIRING
    ]


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
    metadata = monitor["metadata"]
    for index, _ in enumerate(monitor["spec"][MONITORS[monitor["kind"]]]):
        yield f"{monitor['kind']}/{metadata['namespace']}/{metadata['name']}/{index}"


def _sorted(targets: Iterable[Target]) -> list[Target]:
    return sorted(targets, key=lambda target: (target.state == "up", target.job, target.where, target.url))
