"""``explain``: what is not well with a stack's pods, and why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pocdeploy import process
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.diagnostics.explain import CannotAskError, Report, collect, render
from pocdeploy.errors import Finding, PocdeployError

PLATFORM = "app.kubernetes.io/part-of=pocdeploy"
TROUBLED = 1
"""Exit code if something is not well."""


class ExplainError(PocdeployError):
    """The cluster cannot be asked."""

    headline = "Nothing can be explained"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("explain")(explain)


def explain(
    context: typer.Context,
    stack: Stack = "dev",
    kubeconfig: Annotated[Path | None, typer.Option(help="Another kubeconfig than that of the stack.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown, for a comment.")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for a program.")] = False,  # noqa: FBT002
) -> None:
    """Say what is not well in the namespaces of the stack: state, events, last log lines, and the probable cause.

    Exit codes: 0, all is well; 1, something is not; 2, the cluster cannot be asked.
    """
    session: CliContext = context.obj
    file = kubeconfig or _kubeconfig(session, stack)
    kubectl = f"kubectl --kubeconfig {file}"
    reports = [report for report in _reports(_client(file), stack, kubectl) if report.troubles]
    if as_json:
        typer.echo(json.dumps({"stack": stack, "reports": render.plain(reports)}, indent=2))
    elif markdown:
        typer.echo(render.markdown(reports) if reports else f"**{stack}**: all pods are well.")
    else:
        _show(reports, stack)
    raise typer.Exit(TROUBLED if reports else 0)


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


def _kubeconfig(session: CliContext, stack: str) -> Path:
    """Return the file that the stack names in its outputs, or that its cluster has if `up` never came to its end."""
    env = session.environment()
    program = shutil.which("pulumi", path=env["PATH"])
    if program is not None:
        command = [program, "stack", "output", "kubeconfigPath", "--stack", stack]
        asked = process.run(command, cwd=session.root, env=env, timeout=60)
        if asked.code == 0 and asked.stdout.strip():
            return Path(asked.stdout.strip())
    written = sorted((session.root / ".pocdeploy" / "clusters").glob("*/kubeconfig"))
    if len(written) == 1:
        return written[0]
    finding = Finding(
        where=f"stack {stack}",
        what="has no cluster yet, as far as its state knows",
        fix=f"make up STACK={stack}, or: python -m pocdeploy explain --kubeconfig FILE",
    )
    raise ExplainError([finding])
