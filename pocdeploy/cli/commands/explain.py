"""Explain why pods do not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.diagnostics.explain import CannotAskError, Report, collect, render
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.stacks.pulumi import NoStackError

PLATFORM = "app.kubernetes.io/part-of=pocdeploy"


class ExplainError(PocdeployError):
    """The cluster does not answer."""

    headline = "The state of the pods is not known"


def explain(
    context: typer.Context,
    stack: Stack = "dev",
    kubeconfig: Annotated[Path | None, typer.Option(help="Use this kubeconfig instead of the stack's own.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown, for a comment.")] = False,  # noqa: FBT002
) -> None:
    """Explain why pods do not run: state, events, log, cause.

    Exit codes: 0, all pods are well; 1, at least one is not; 2, the cluster does not answer.
    """
    cli: CliContext = context.obj
    file = kubeconfig or _kubeconfig(cli, stack)
    kubectl = f"kubectl --kubeconfig {file}"
    reports = [report for report in _reports(_client(file), stack, kubectl) if report.troubles]
    if cli.json:
        typer.echo(json.dumps({"stack": stack, "reports": render.plain(reports)}, indent=2))
    elif markdown:
        typer.echo(render.markdown(reports) if reports else f"**{stack}**: all pods are well.")
    else:
        _show(reports, stack)
    raise typer.Exit(1 if reports else 0)


def _show(reports: list[Report], stack: str) -> None:
    console = Console()
    if not reports:
        console.print(f"{stack}: all pods are well.", markup=False, highlight=False)
    for report in reports:
        console.print(report.subject, style="bold", markup=False, highlight=False)
        for line in render.terminal(report):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _reports(client: Any, stack: str, kubectl: str) -> list[Report]:
    from kubernetes.client import ApiException, CoreV1Api  # noqa: PLC0415 -- takes most of a second
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    api: Any = CoreV1Api(client)
    selector = f"{PLATFORM},app.kubernetes.io/instance={stack.rpartition('/')[2]}"
    try:
        found = api.list_namespace(label_selector=selector, _request_timeout=(3.0, 15.0)).items
        return [collect(client, space.metadata.name, kubectl=kubectl) for space in found]
    except (ApiException, HTTPError, OSError, CannotAskError) as error:
        got = " ".join(str(error).split())[:300]
        raise ExplainError(
            [Finding(where="Kubernetes API", what="does not answer", actual=got, fix="docker ps -a")]
        ) from error


def _client(file: Path) -> Any:
    from kubernetes.config import ConfigException, new_client_from_config  # noqa: PLC0415

    try:
        client: Any = new_client_from_config(str(file))  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        finding = Finding(where=str(file), what="this kubeconfig cannot be used", actual=str(error)[:300])
        raise ExplainError([finding]) from error
    client.configuration.retries = False
    return client


def _kubeconfig(cli: CliContext, stack: str) -> Path:
    """Return the kubeconfig in the stack's outputs; if ``up`` has not finished yet, that of the only cluster."""
    try:
        return cli.root / str(cli.pulumi.outputs(stack)["kubeconfigPath"])
    except (NoStackError, PreflightError):
        written = sorted((cli.root / ".pocdeploy" / "clusters").glob("*/kubeconfig"))
        if len(written) == 1:
            return written[0]
        raise
