"""Check the scrape targets of Prometheus."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pocdeploy.cli.cluster_access import client
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.diagnostics import targets as checks
from pocdeploy.errors import Finding

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

PROMETHEUS = "/api/v1/namespaces/{}/services/prometheus-operated:9090/proxy/api/v1/targets"
"""The Service of the Prometheus operator, through the API server: no port has to be opened."""
RESOURCES = "/apis/monitoring.coreos.com/v1/{}"
STYLES = {"up": "green", "down": "red", "missing": "red", "unknown": "yellow"}
TIMEOUT = (3.0, 15.0)  # seconds to connect, and to answer


def targets(context: typer.Context, stack: Stack = "dev") -> None:
    """Check that Prometheus reaches all its scrape targets.

    Ends with 1 unless every target is up, and every monitor has one.
    """
    cli: CliContext = context.obj
    cli.ensure_pulumi()
    found = ask(client(cli, stack))
    if cli.json:
        typer.echo(json.dumps([dataclasses.asdict(target) for target in found], indent=2))
    else:
        show(found, Console())
    raise typer.Exit(1 if checks.not_up(found) or not found else 0)


def ask(api: ApiClient) -> list[checks.Target]:
    """Ask the cluster's Prometheus for its targets, and the cluster for its monitors; raises TargetsError."""
    instances = _get(api, RESOURCES.format("prometheuses"), absent={"items": []})["items"]
    if not instances:
        what = "there is none in this cluster, so there are no targets"
        accepted = "another pocdeploy:monitoring.profile than off"
        raise checks.TargetsError([Finding(where="Prometheus", what=what, expected=accepted)])
    answer = _get(api, PROMETHEUS.format(instances[0]["metadata"]["namespace"]))
    monitors = [
        {**each, "kind": kind[0].upper() + kind[1:]}
        for kind in checks.MONITORS
        for each in _get(api, RESOURCES.format(f"{kind.lower()}s"))["items"]
    ]
    return [*checks.missing(answer, monitors), *checks.read(answer)]


def show(found: list[checks.Target], console: Console) -> None:
    """Print a table, and a summary below it."""
    table = Table("state", "job", "where", "last error", box=None, header_style="bold", pad_edge=False)
    for target in found:
        table.add_row(Text(target.state, STYLES[target.state]), *map(Text, (target.job, target.where, target.error)))
    if found:
        console.print(table)
    console.print(checks.summary(found), style="red" if checks.not_up(found) else "green", highlight=False)


def _get(api: ApiClient, path: str, *, absent: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what is at ``path``; ``absent`` where the cluster knows of no such thing."""
    from kubernetes.client import ApiException  # noqa: PLC0415 -- see clusteraccess.client
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    headers = {"Accept": "application/json"}
    request = api.param_serialize("GET", path, header_params=headers, auth_settings=["BearerToken"])
    try:
        response: Any = api.call_api(*request, _request_timeout=TIMEOUT)
        content = response.read()
    except (ApiException, HTTPError, OSError) as error:
        raise _no_answer(path, " ".join(str(error).split())[:300]) from error
    if response.status == 404 and absent is not None:
        return absent
    if response.status != 200:
        raise _no_answer(path, f"{response.status} {content.decode(errors='replace')[:300]}")
    answer: dict[str, Any] = json.loads(content)
    return answer


def _no_answer(path: str, got: str) -> checks.TargetsError:
    return checks.TargetsError([Finding(where=path, what="did not answer", actual=got, fix="make up")])
