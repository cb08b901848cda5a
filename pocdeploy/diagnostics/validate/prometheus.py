"""What Prometheus says: which targets it reaches, and which alerts fire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pocdeploy.diagnostics import targets as scraped
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.kube import client

PROXY = "/api/v1/namespaces/{}/services/prometheus-operated:9090/proxy/api/v1/{}"
"""The Service is made by the operator, whatever the release is called; the API server leads to it."""
MONITORS = "/apis/monitoring.coreos.com/v1/{}s"
# They fire by design: the first to show that alerts arrive, the other to mute others.
BY_DESIGN = {"Watchdog", "InfoInhibitor"}


def _ask(subject: ValidationContext, what: str, **query: str) -> dict[str, Any]:
    return subject.api.get(PROXY.format(subject.settings.monitoring.namespace, what), **query)


def targets(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look whether Prometheus reaches what it is to scrape, and whether every monitor finds something."""
    if subject.settings.monitoring.namespace is None:
        return
    answer = _ask(subject, "targets", state="active")
    monitors = [
        {**monitor, "kind": kind}
        for kind in scraped.MONITORS
        for monitor in client.items(subject.api, MONITORS.format(kind.lower()))
        # A paused application has no pods to be found.
        if monitor["metadata"]["namespace"] not in subject.paused
    ]
    found = [*scraped.missing(answer, monitors), *scraped.read(answer)]
    for target in scraped.not_up(found):
        yield warn(
            "targets",
            f"{target.job} {target.where}: {target.error or target.state}",
            why="its metrics are missing, and alerts that need them are silent",
            fix=f"make targets STACK={subject.stack}",
        )
    if not found:
        yield fail("targets", "Prometheus scrapes nothing", fix=f"make up STACK={subject.stack}")
    elif not scraped.not_up(found):
        yield ok("targets", scraped.summary(found))


def alerts(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look for alerts that fire: a critical one is a failure, any other a warning."""
    if subject.settings.monitoring.namespace is None:
        return
    found = [
        alert
        for alert in _ask(subject, "alerts")["data"]["alerts"]
        if alert["state"] == "firing" and alert["labels"].get("alertname") not in BY_DESIGN
    ]
    for alert in found:
        labels, notes = alert["labels"], alert.get("annotations", {})
        severity = fail if labels.get("severity") == "critical" else warn
        text = notes.get("summary") or notes.get("description") or "fires"
        yield severity("alerts", f"{labels['alertname']}: {text}", fix=notes.get("runbook_url"))
    if not found:
        yield ok("alerts", "none fires")
