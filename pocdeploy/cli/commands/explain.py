"""Explain why pods do not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.diagnostics.explain import Report, collect, render
from pocdeploy.errors import PocdeployError, PreflightError
from pocdeploy.kube.client import ApiError, from_kubeconfig
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

    Exit codes: 0, all pods are healthy; 1, at least one is not; 2, the cluster does not answer.
    """
    cli: CliContext = context.obj
    needs.provide(cli, "explain", stack)
    file = kubeconfig or _kubeconfig(cli, stack)
    reports = [report for report in _reports(file, stack) if report.issues]
    if cli.json:
        typer.echo(json.dumps({"stack": stack, "reports": render.plain(reports)}, indent=2))
    elif markdown:
        typer.echo(render.markdown(reports) if reports else f"**{stack}**: all pods are healthy.")
    else:
        _show(reports, stack)
    raise typer.Exit(1 if reports else 0)


def _show(reports: list[Report], stack: str) -> None:
    console = Console()
    if not reports:
        console.print(f"{stack}: all pods are healthy.", markup=False, highlight=False)
    for report in reports:
        console.print(report.subject, style="bold", markup=False, highlight=False)
        for line in render.terminal(report):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _reports(kubeconfig: Path, stack: str) -> list[Report]:
    selector = f"{PLATFORM},app.kubernetes.io/instance={stack.rpartition('/')[2]}"
    kubectl = f"kubectl --kubeconfig {kubeconfig}"
    try:
        client = from_kubeconfig(kubeconfig, stack=stack)
        namespaces = client.items("/api/v1/namespaces", labelSelector=selector)
        return [collect(client, namespace["metadata"]["name"], kubectl=kubectl) for namespace in namespaces]
    except ApiError as error:
        raise ExplainError(error.findings) from error


def _kubeconfig(cli: CliContext, stack: str) -> Path:
    """Return the kubeconfig in the stack's outputs; if ``up`` has not finished yet, that of its cluster."""
    try:
        return cli.root / str(cli.pulumi.outputs(stack)["kubeconfigPath"])
    except (NoStackError, PreflightError):
        owners = sorted((cli.root / ".pocdeploy" / "clusters").glob("*/owner"))
        for owner in owners:
            if owner.read_text("utf-8").split()[:1] == [stack.rpartition("/")[2]]:
                return owner.with_name("kubeconfig")
        raise
