"""What Prometheus says: which targets it reaches, and which alerts fire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pocdeploy.outcome import Outcome, fail, ok, warn
from pocdeploy.validate.subject import Subject

PROXY = "/api/v1/namespaces/{}/services/prometheus-operated:9090/proxy/api/v1/{}"
"""The Service is made by the operator, whatever the release is called; the API server leads to it."""
# They fire by design: the first to show that alerts arrive, the other to mute others.
BY_DESIGN = {"Watchdog", "InfoInhibitor"}


def _ask(subject: Subject, what: str, **query: str) -> Any:
    namespace = subject.settings.monitoring.namespace
    return subject.api.get(PROXY.format(namespace, what), **query)["data"]


def targets(subject: Subject) -> Iterator[Outcome]:
    """Look whether Prometheus reaches what it is to scrape."""
    if subject.settings.monitoring.namespace is None:
        return
    found = _ask(subject, "targets", state="active")["activeTargets"]
    down = [target for target in found if target["health"] != "up"]
    for target in down:
        labels = target["labels"]
        where = f"{labels.get('namespace', '')}/{labels.get('pod') or labels.get('job', 'unknown')}"
        yield warn(
            "targets",
            f"{where}: {target.get('lastError') or 'not scraped yet'}",
            why="its metrics are missing, and alerts that need them are silent",
            fix=f"{subject.kubectl} --namespace {labels.get('namespace', '')} get pods,networkpolicies",
        )
    if not found:
        yield fail("targets", "Prometheus scrapes nothing", fix=f"make up STACK={subject.stack}")
    elif not down:
        yield ok("targets", f"all {len(found)} are up")


def alerts(subject: Subject) -> Iterator[Outcome]:
    """Look for alerts that fire: a critical one is a failure, any other a warning."""
    if subject.settings.monitoring.namespace is None:
        return
    found = [
        alert
        for alert in _ask(subject, "alerts")["alerts"]
        if alert["state"] == "firing" and alert["labels"].get("alertname") not in BY_DESIGN
    ]
    for alert in found:
        labels, notes = alert["labels"], alert.get("annotations", {})
        severity = fail if labels.get("severity") == "critical" else warn
        text = notes.get("summary") or notes.get("description") or "fires"
        yield severity("alerts", f"{labels['alertname']}: {text}", fix=notes.get("runbook_url"))
    if not found:
        yield ok("alerts", "none fires")
