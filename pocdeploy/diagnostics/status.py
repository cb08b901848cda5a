"""How a stack is, on one screen: address, health, image, database, backup, alerts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pocdeploy.config.cluster import KindSettings
from pocdeploy.config.variables import COMMIT_VARIABLE
from pocdeploy.diagnostics.validate import http, prometheus
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.kube.client import CLUSTERS, ApiError
from pocdeploy.stacks.hibernate import DEPLOYMENTS
from pocdeploy.stacks.listing import in_words

NO_BACKUPS = "no backups"
NO_ALERTS = "no alert fires"


@dataclass(frozen=True, kw_only=True)
class AppStatus:
    """How an application is. None: the stack has no such part, or it is not known."""

    name: str
    url: str | None
    serves: bool
    health: str
    """The answer of its page, or why there is none."""
    pods: str | None = None
    image: str | None = None
    commit: str | None = None
    database: str | None = None
    backup: str | None = None
    since: datetime | None = None
    """Start of the release that runs."""


@dataclass(frozen=True, kw_only=True)
class StackStatus:
    """How a stack is."""

    stack: str
    runs_on: str
    apps: tuple[AppStatus, ...]
    alerts: tuple[str, ...] = ()
    """Alerts that fire."""
    monitoring: str = NO_ALERTS
    """What there is to report about alerts if none is listed."""

    @property
    def is_good(self) -> bool:
        """Whether all applications serve."""
        return all(app.serves for app in self.apps)


def of_cluster(context: ValidationContext) -> StackStatus:
    """Return the status of a stack in a cluster; raises ApiError if the cluster does not answer."""
    apps = tuple(_app(context, name) for name in context.settings.apps)
    alerts, monitoring = _alerts(context)
    cluster = context.settings.cluster
    where = f"Kind cluster {cluster.name}" if isinstance(cluster, KindSettings) else f"cluster of type {cluster.type}"
    return StackStatus(stack=context.stack, runs_on=where, apps=apps, alerts=alerts, monitoring=monitoring)


def _app(context: ValidationContext, name: str) -> AppStatus:
    outputs = context.app_outputs(name)
    url = outputs.get("url")
    serves, health = (False, "is paused: make wake") if name in context.paused else page(str(url))
    deployment = context.api.get_or_none(f"{DEPLOYMENTS.format(name)}/{name}") or {}
    status, image = deployment.get("status", {}), str(outputs.get("imageRef") or "") or None
    wanted = deployment.get("spec", {}).get("replicas", 0)
    return AppStatus(
        name=name,
        url=url,
        serves=serves,
        health=health,
        pods=f"{status.get('readyReplicas', 0)} of {wanted} ready" if deployment else "no Deployment",
        image=image,
        commit=_commit(deployment),
        since=_since(status),
        **_database(context, name),
    )


def page(url: str) -> tuple[bool, str]:
    """Return whether a page answers, and its answer in a few words."""
    try:
        answer = http.fetch(url)
    except OSError as error:
        return False, str(error)
    # A REST interface need not have anything at its first path.
    return answer.status < 500, f"answers {answer.status}"


def _commit(deployment: Mapping[str, Any]) -> str | None:
    containers = deployment.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    variables = [variable for container in containers for variable in container.get("env", [])]
    return next((variable.get("value") for variable in variables if variable["name"] == COMMIT_VARIABLE), None)


def _since(status: Mapping[str, Any]) -> datetime | None:
    """Return when the last rollout of a Deployment ended."""
    times = [each["lastUpdateTime"] for each in status.get("conditions", []) if each["type"] == "Progressing"]
    return datetime.fromisoformat(times[0]) if times else None


def _database(context: ValidationContext, name: str) -> dict[str, str]:
    database = context.settings.apps[name].database
    if database is None:
        return {}
    if database.shared:
        return {"database": f"in that of {database.shared}"}
    clusters = context.api.items(CLUSTERS.format(name))
    if not clusters:
        return {"database": "does not exist"}
    status, wanted = clusters[0].get("status", {}), clusters[0]["spec"]["instances"]
    primary, ready = status.get("currentPrimary") or "no primary", status.get("readyInstances", 0)
    last = status.get("lastSuccessfulBackup")
    backup = f"{in_words(datetime.now(UTC) - datetime.fromisoformat(last))} ago" if last else NO_BACKUPS
    return {"database": f"primary {primary}, {ready} of {wanted} instances ready", "backup": backup}


def _alerts(context: ValidationContext) -> tuple[tuple[str, ...], str]:
    if context.settings.monitoring.namespace is None:
        return (), "no monitoring in this stack"
    try:
        found = prometheus.firing(context.api, context.settings.monitoring.namespace)
    except (ApiError, prometheus.PrometheusError) as error:
        return (), f"not known: {error.findings[0].what}"
    labels = [alert["labels"] for alert in found]
    return tuple(f"{each['alertname']} ({each.get('severity', '?')})" for each in labels), NO_ALERTS


def show(status: StackStatus, console: Console, *, now: datetime | None = None) -> None:
    """Print a status on one screen."""
    now = now or datetime.now(UTC)
    console.print(Text.assemble((status.stack, "bold"), f" · {status.runs_on}"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for app in status.apps:
        for index, (what, text) in enumerate(_rows(app, now)):
            table.add_row(Text(app.name if not index else "", style="bold"), what, text)
    for index, alert in enumerate(status.alerts or (status.monitoring,)):
        table.add_row("", "alerts" if not index else "", Text(alert, style="red" if status.alerts else ""))
    console.print(table)


def _rows(app: AppStatus, now: datetime) -> Iterator[tuple[str, Text]]:
    yield "address", Text(app.url or "none")
    yield "health", Text(f"{app.health}{f', {app.pods}' if app.pods else ''}", style="green" if app.serves else "red")
    if app.image:
        yield "image", Text(_short(app.image))
    if app.commit:
        yield "commit", Text(app.commit)
    if app.since:
        yield "since", Text(f"{app.since:%Y-%m-%d %H:%M} UTC ({in_words(now - app.since)})")
    if app.database:
        yield "database", Text(app.database)
    if app.backup:
        yield "backup", Text(app.backup)


def _short(image: str) -> str:
    """Return an image with the beginning of its digest, which is enough to compare."""
    return re.sub(r"(@sha256:[0-9a-f]{12})[0-9a-f]+$", r"\1…", image)


def as_json(status: StackStatus) -> str:
    """Return a status as JSON, for other programs."""
    plain = {**asdict(status), "isGood": status.is_good}
    return json.dumps(plain, indent=2, default=lambda moment: moment.isoformat())
