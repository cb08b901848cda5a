"""Show the log of an application."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pocdeploy import redact
from pocdeploy.cli import needs, operations, processes
from pocdeploy.cli.context import App, CliContext, Stack
from pocdeploy.config import defaults
from pocdeploy.kube import log_format
from pocdeploy.kube.pod_logs import Event, Follower, Line, snapshot
from pocdeploy.kube.pods import Pods

SELECTOR = "app.kubernetes.io/name={},app.kubernetes.io/component={}"


def logs(
    context: typer.Context,
    *,
    name: App = defaults.APP,
    stack: Stack = "dev",
    component: Annotated[
        str, typer.Option(help="Kind of pods: web, migrate, or admin; of processes: web, another process, or database.")
    ] = "web",
    tail: Annotated[int, typer.Option(min=0, help="Existing lines to show of each pod.")] = 10,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Follow until Ctrl-C, or end at once.")] = True,
    raw: Annotated[bool, typer.Option("--raw", help="Show lines without layout, for other programs.")] = False,
) -> None:
    """Follow the log of an application in all its pods.

    Each pod has a colour. Started, restarted and deleted pods are reported on stderr.
    """
    cli: CliContext = context.obj
    if (found := operations.as_processes(cli, stack)) is not None:
        with suppress(KeyboardInterrupt):
            Printer(raw=raw).show(processes.logs(found, name, component, tail=tail, follows=follow))
        return
    needs.provide(cli, "logs", stack)
    pods = Pods(cli.cluster(stack), name, SELECTOR.format(name, component))
    printer = Printer(raw=raw)
    if not follow:
        printer.show(snapshot(pods, tail=tail))
        return
    follower = Follower(pods, tail=tail)
    try:
        printer.show(follower.events())
    except KeyboardInterrupt:
        follower.stop()  # the usual end, not a failure


class Printer:
    """Writes lines to stdout, and events of pods to stderr."""

    def __init__(self, *, raw: bool) -> None:
        self._raw = raw
        self._out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._notes = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._colours = itertools.cycle(log_format.COLOURS)
        self._of: dict[str, str] = {}

    def show(self, events: Iterable[Event]) -> None:
        """Write each event when it comes."""
        for event in events:
            if not isinstance(event, Line):
                name = f"{event.pod} " if event.pod else ""
                self._notes.print(Text(f"-- {name}{event.text}", "dim"))
            elif self._raw:
                self._out.out(redact.text(event.text), highlight=False)
            else:
                self._out.print(
                    Text.assemble((f"{event.pod} ", self._colour(event.pod)), log_format.render(event.text))
                )

    def _colour(self, pod: str) -> str:
        if pod not in self._of:
            self._of[pod] = next(self._colours)
        return self._of[pod]
